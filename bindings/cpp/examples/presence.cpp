/*
 * presence: who is on a presence channel, who comes and who goes, until Enter.
 *
 * Compile:  c++ -std=c++17 presence.cpp -o presence $(pkg-config --cflags --libs pusherws) -pthread
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... ./presence [CHANNEL [USER]]
 *           (common.hpp has the other settings)
 */
#include "common.hpp"

using namespace std::chrono_literals;

namespace {

int watch(const std::string &channel, const std::string &user)
{
    pusherws::config config = config_from_environment();
    config.presence_user(user, "{\"name\":\"" + user + "\"}");
    pusherws::client client(config);

    // What is bound by it is unbound, and the channel unsubscribed, where this ends.
    pusherws::subscription room(client, channel);
    room.bind("pusher:member_added", [](const pusherws::event &event) {
        std::cout << event.user_id() << " came, and now there are " << event.value() << std::endl;
    });
    room.bind("pusher:member_removed", [](const pusherws::event &event) {
        std::cout << event.user_id() << " went, and now there are " << event.value() << std::endl;
    });
    // After a reconnect it comes again; who came and went meanwhile is told by the two above. A call may still be under
    // way when the room ends: so it has what it needs of its own.
    room.bind("pusher:subscription_succeeded", [ref = client.ref(), channel](const pusherws::event &event) {
        std::cout << event.value() << " are here:";
        for (const pusherws::member member : ref.members(channel)) {
            std::cout << ' ' << member.user_id();
        }
        std::cout << std::endl;
    });
    client.connect();
    room.subscribe().get(20s);

    std::string line;
    std::getline(std::cin, line); // events go on arriving on the client's own thread
    client.close(2s);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    return run([&] { return watch(argc > 1 ? argv[1] : "presence-demo", argc > 2 ? argv[2] : "watcher"); });
}
