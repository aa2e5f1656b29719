/*
 * quickstart: the whole job. Ann and Ben meet on a presence channel and say hello; an event is published by the HTTP
 * API, as a web application would; and Ann pings the server. Every step is waited for.
 *
 * Compile:  c++ -std=c++17 quickstart.cpp -o quickstart $(pkg-config --cflags --libs pusherws) -pthread
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... PUSHER_APP_ID=... ./quickstart
 *           (common.hpp has the other settings; the application must allow client events)
 */
#include "common.hpp"

#include <future>

using namespace std::chrono_literals;

namespace {

constexpr auto room_name = "presence-demo";
constexpr auto patience = 15s;

/* A client of its own for each user. */
pusherws::client join(const char *user)
{
    pusherws::config config = config_from_environment();
    config.presence_user(user, "{\"name\":\"" + std::string(user) + "\"}");
    return pusherws::client(config);
}

/* The data of the first event with this name. The handler is unbound by it, and owns the promise. */
std::future<std::string> first(const pusherws::client &client, const char *channel, const char *name)
{
    std::promise<std::string> promise;
    auto future = promise.get_future();
    client.bind(
        channel, name,
        [promise = std::move(promise)](const pusherws::event &event) mutable {
            promise.set_value(std::string(event.user_id()) + " " + std::string(event.data()));
        },
        pusherws::bind_flags::once);
    return future;
}

std::string wait_for(std::future<std::string> &future, const char *what)
{
    if (future.wait_for(patience) != std::future_status::ready) {
        throw std::runtime_error(std::string("did not come: ") + what);
    }
    return future.get();
}

int tell()
{
    pusherws::client ann = join("ann");
    pusherws::client ben = join("ben");

    // Both connect at the same time.
    auto ann_connected = ann.connect();
    auto ben_connected = ben.connect();
    ann_connected.get(patience);
    ben_connected.get(patience);
    std::cout << "both are connected; ann's socket id is " << ann.socket_id() << '\n';

    auto joined = first(ann, room_name, "pusher:member_added");
    ann.subscribe(room_name).get(patience);
    ben.subscribe(room_name).get(patience);
    std::cout << "ann sees who joins: " << wait_for(joined, "ben") << '\n';
    for (const pusherws::member member : ann.members(room_name)) {
        std::cout << "  here is " << member.user_id() << ' ' << member.user_info() << (member.is_me() ? " (me)\n" : "\n");
    }

    auto ben_hears = first(ben, room_name, "client-hello");
    ann.publish(room_name, "client-hello", R"({"text":"hello, ben"})").get(patience);
    std::cout << "ben hears: " << wait_for(ben_hears, "ann's hello") << '\n';

    auto ann_hears = first(ann, room_name, "headline");
    const std::string answer = ben.http().trigger(room_name, "headline", R"({"text":"from a server"})").get(patience);
    std::cout << "ann hears:" << wait_for(ann_hears, "the headline") << "; the server said " << answer << '\n';

    std::cout << "a ping took " << ann.ping().get(patience).count() << " us\n";

    // Polite, and bounded; then their destructors free them.
    if (!ben.close(patience) || !ann.close(patience)) {
        throw std::runtime_error("a client did not close in time");
    }
    std::cout << "Everything was seen.\n";
    return 0;
}

} // namespace

int main()
{
    return run(tell);
}
