/*
 * loop: one thread, one loop, no other: events of the server and lines of the terminal are served where they arrive, by
 * whichever is ready. With epoll, kqueue, Asio or GLib in place of poll it looks the same.
 *
 * Prints every event of the channels on the command line. A line you type is published on the first of them as
 * "client-line", where it is a private or presence channel.
 *
 * Compile:  c++ -std=c++17 loop.cpp -o loop $(pkg-config --cflags --libs pusherws)
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... ./loop presence-room prices
 *           (common.hpp has the other settings; Ctrl-D ends it)
 */
#include "common.hpp"

#include <cerrno>
#include <poll.h>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

/* Until nothing is left: then the descriptor is no longer readable. */
void serve_events(const pusherws::client &client)
{
    while (const auto batch = client.next_batch()) {
        for (const pusherws::event event : *batch) {
            if (event.kind() == pusherws::event_kind::error) {
                std::cerr << event.data() << '\n';
            } else if (event.has_channel()) {
                std::cout << event.channel() << "  " << event.name() << "  " << event.data() << std::endl;
            }
        }
    }
}

/* What was typed; false at its end. */
bool serve_terminal(const pusherws::client &client, const std::string &channel)
{
    char line[1000];
    const ssize_t length = read(STDIN_FILENO, line, sizeof line);
    if (length <= 0) {
        return false;
    }
    const std::string_view text(line, static_cast<std::size_t>(length));
    try {
        // With poll, this too is called where events are asked for: on this thread.
        client.publish(channel, "client-line", text.substr(0, text.find('\n'))).then([](pusherws::result<void> how) {
            if (!how) {
                std::cerr << "Not sent: " << how.error().what() << '\n';
            }
        });
    } catch (const pusherws::error &error) {
        std::cerr << "Not sent: " << error.what() << '\n';
    }
    return true;
}

int serve(const std::vector<std::string> &channels)
{
    pusherws::config config = config_from_environment();
    config.delivery(pusherws::delivery::poll).presence_user("loop");
    pusherws::client client(config);
    client.connect();
    for (const std::string &channel : channels) {
        client.subscribe(channel);
    }

    pollfd ready[2] = {{static_cast<int>(client.descriptor()), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    for (bool go_on = true; go_on;) {
        if (poll(ready, 2, -1) < 0) {
            if (errno != EINTR) {
                throw std::system_error(errno, std::generic_category(), "poll");
            }
            continue;
        }
        if (ready[0].revents != 0) {
            serve_events(client);
        }
        if (ready[1].revents != 0) {
            go_on = serve_terminal(client, channels[0]);
        }
    }
    client.close(2s);
    serve_events(client);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::cerr << "usage: " << argv[0] << " channel...\n";
        return 2;
    }
    return run([&] { return serve({argv + 1, argv + argc}); });
}
