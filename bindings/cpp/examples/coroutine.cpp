/*
 * coroutine: one thing after another, written so, and without a thread that waits. Needs C++20.
 *
 * The coroutine goes on where the client's handlers run: here, with `delivery::poll`, on the main thread, inside of
 * dispatch. Two of them take turns on it, and need no lock.
 *
 * Compile:  c++ -std=c++20 coroutine.cpp -o coroutine $(pkg-config --cflags --libs pusherws)
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... PUSHER_APP_ID=... ./coroutine
 *           (common.hpp has the other settings)
 */
#include "common.hpp"

using namespace std::chrono_literals;

#if defined(PUSHERWS_COROUTINES)

namespace {

/* Both coroutines live on one thread: plain numbers will do. */
struct progress {
    int running = 2;
    int failed = 0;
};

pusherws::background_task look_around(pusherws::client_ref client, progress &all)
{
    try {
        co_await client.connect();
        co_await client.subscribe("presence-demo");
        std::cout << "subscribed, with " << client.members("presence-demo").size() << " here\n";
        for (int i = 0; i < 3; i++) {
            const std::chrono::microseconds trip = co_await client.ping();
            std::cout << "a ping took " << trip.count() << " us\n";
        }
    } catch (const pusherws::error &error) {
        std::cerr << "Looking around: " << error.what() << '\n';
        all.failed++;
    }
    all.running--;
}

pusherws::background_task publish(pusherws::client_ref client, progress &all)
{
    try {
        const std::string answer = co_await client.http().trigger("presence-demo", "headline", "{}");
        std::cout << "published, and the server said " << answer << '\n';
        const std::string channels = co_await client.http().channels();
        std::cout << "in use: " << channels << '\n';
    } catch (const pusherws::error &error) {
        std::cerr << "Publishing: " << error.what() << '\n';
        all.failed++;
    }
    all.running--;
}

int tell()
{
    pusherws::config config = config_from_environment();
    config.delivery(pusherws::delivery::poll).presence_user("ann");
    progress all; // before the client, whose end resumes the coroutines that wait
    pusherws::client client(config);
    look_around(client.ref(), all);
    publish(client.ref(), all);
    while (all.running > 0) {
        if (!client.dispatch(20s)) {
            throw std::runtime_error("nothing happens");
        }
    }
    client.close(2s);
    return all.failed;
}

} // namespace

int main()
{
    return run(tell);
}

#else

int main()
{
    std::cerr << "This compiler has no coroutines; try -std=c++20.\n";
    return 2;
}

#endif
