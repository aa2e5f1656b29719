/*
 * The three deliveries, and a queue that clients share.
 */
#include "testing.hpp"

#include <poll.h>
#include <set>
#include <thread>

namespace {

using pusherws::status;
using pusherws::throwing;

pusherws::client polled_client()
{
    auto config = config_of<throwing>("ann");
    config.delivery(pusherws::delivery::poll);
    return pusherws::client(config);
}

void readable(std::ptrdiff_t descriptor)
{
    pollfd wanted{static_cast<int>(descriptor), POLLIN, 0};
    CHECK(poll(&wanted, 1, PATIENCE_MS) == 1);
}

void dispatching()
{
    pusherws::client client = polled_client();
    int messages = 0;
    const auto here = std::this_thread::get_id();
    client.bind("news", "n", [&](const pusherws::event &) {
        CHECK(std::this_thread::get_id() == here);
        messages++;
        try {
            client.dispatch();
            FAIL("a handler cannot ask for events");
        } catch (const pusherws::error &error) {
            CHECK(error.status() == status::state);
        }
    });
    const auto nothing = client.dispatch();
    CHECK(!nothing && !nothing.closed());
    auto connecting = client.connect();
    CHECK(client.dispatch_until(connecting, patience) && connecting.done());
    auto subscribing = client.subscribe("news");
    CHECK(!client.dispatch_until(subscribing, 0ms) || subscribing.done());
    CHECK(client.dispatch_until(subscribing));
    auto pinging = client.ping();
    CHECK(client.dispatch_until(pinging, patience) && is_round_trip(pinging.get(0ms)));
    order("flood", "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"{n}\",\"count\":50,\"numbered\":true}");
    while (messages < 50) {
        const auto turn = client.dispatch(patience, 10);
        CHECK(turn && *turn >= 1 && *turn <= 10);
    }
    int told = 0;
    auto last = client.ping();
    std::move(last).then([&](pusherws::result<std::chrono::microseconds>) { told++; });
    CHECK(client.close(patience));
    CHECK(told == 0);
    while (!client.dispatch(patience).closed()) {
    }
    CHECK(told == 1);
}

void taking()
{
    pusherws::client client = polled_client();
    client.bind([](const pusherws::event &) { FAIL("who takes events keeps them from handlers"); });
    CHECK(!client.next() && !client.next_batch() && !client.next(1ms).closed());
    client.connect();
    auto subscribed = client.subscribe("news").future();
    while (!is_ready(subscribed)) { // next completes requests, too
        const auto event = client.next(patience);
        CHECK(event && event->client() == client.native());
    }
    order("flood", "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"{n}\",\"count\":100,\"numbered\":true}");
    auto pinged = client.ping().future();
    long wanted = 0;
    pusherws::events last;
    CHECK(last.empty() && last.begin() == last.end() && last.text().empty() && last[0].name().empty());
    while (wanted < 100 || !is_ready(pinged)) {
        auto batch = client.next_batch(patience, 30);
        CHECK(batch && batch->size() <= 30 && batch->native() != nullptr);
        std::size_t count = 0, texts = 0;
        for (const pusherws::event event : *batch) {
            CHECK(event.native() == (*batch)[count++].native());
            texts += event.name().size() + 1 + (event.has_channel() ? event.channel().size() + 1 : 0) +
                     (event.has_data() ? event.data().size() + 1 : 0);
            if (event.name() == "n") {
                CHECK(event.data() == std::to_string(wanted++));
            }
        }
        CHECK(count == batch->size() && batch->text().size() == texts);
        last = *std::move(batch);
        CHECK(last.size() == count);
    }
    CHECK(is_round_trip(pinged.get()));
    pusherws::events moved = std::move(last);
    CHECK(last.empty() && !moved.empty() && moved[moved.size()].name().empty());
    int told = 0;
    client.subscribe("other").then([&](pusherws::result<void>) { told++; });
    CHECK(client.close(patience));
    while (!client.next(patience).closed()) {
    }
    CHECK(told == 1);
}

/* Another thread's turn completes it, and leaves nothing to be woken for. */
void done_in_another_threads_turn()
{
    pusherws::client client = polled_client();
    auto connecting = client.connect();
    CHECK(client.dispatch_until(connecting, patience));
    while (client.dispatch()) {
    }
    counter inside;
    auto earlier = client.network_changed();
    auto wanted = client.network_changed();
    client.network_changed().wait(patience); // the events of both wait now, one behind the other
    client.bind(std::nullopt, "pusher:completed", [&](const pusherws::event &event) {
        if (event.request() == earlier.number()) {
            inside.add();
            std::this_thread::sleep_for(50ms); // until the other sleeps, which nothing tells
        }
    });
    std::thread other([&] { client.dispatch(patience); });
    CHECK(inside.reaches(1));
    const auto before = std::chrono::steady_clock::now();
    CHECK(client.dispatch_until(wanted, patience));
    CHECK(std::chrono::steady_clock::now() - before < patience / 2);
    other.join();
}

/* Closing that takes longer than it may says nothing about what is under way. */
void closed_in_no_time()
{
    for (int round = 0; round < 5; round++) {
        pusherws::client client = polled_client();
        client.connect();
        auto subscribing = client.subscribe("private-a");
        CHECK(client.dispatch_until(subscribing, patience));
        auto sent = client.publish("private-a", "client-e", "{}").future();
        client.close(0ms);
        while (!client.dispatch(patience).closed()) {
        }
        CHECK(is_ready(sent));
        sent.get();
    }
}

/* One thread hears that there will be nothing more, while another still goes through the last events. */
void the_last_events_taken_by_two_threads()
{
    constexpr int count = 2000;
    for (int round = 0; round < 5; round++) {
        pusherws::client client = polled_client();
        std::atomic<int> well{0}, badly{0};
        for (int i = 0; i < count; i++) {
            client.network_changed().then([&](pusherws::result<void> how) { ++(how ? well : badly); });
        }
        CHECK(client.close(patience));
        std::vector<std::thread> takers;
        for (int t = 0; t < 2; t++) {
            takers.emplace_back([&] {
                while (!client.next_batch(patience).closed()) {
                }
            });
        }
        for (auto &one : takers) {
            one.join();
        }
        CHECK(well == count && badly == 0);
    }
}

void a_descriptor_and_a_wakeup()
{
    pusherws::client client = polled_client();
    std::atomic<int> alive{0};
    counter woken;
    client.set_wakeup([&, held = tracked(alive)] { woken.add(); });
    client.connect();
    readable(client.descriptor());
    CHECK(woken.reaches(1));
    while (client.dispatch()) {
    }
    client.clear_wakeup();
    CHECK(alive == 0);
    client.set_wakeup([held = tracked(alive)] { throw std::runtime_error("expected on stderr"); });
    auto connecting = client.connect();
    CHECK(client.dispatch_until(connecting, patience));
    client.free();
    CHECK(alive == 0);
    try {
        static_cast<void>(client.descriptor());
        FAIL("it is freed");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::handle);
    }
}

void one_queue_for_many()
{
    constexpr std::size_t count = 5;
    pusherws::queue queue;
    auto config = config_of<throwing>("ann");
    config.shared_queue(queue);
    std::vector<pusherws::client> clients;
    std::vector<std::future<void>> subscribed;
    std::vector<std::future<std::chrono::microseconds>> pinged;
    std::set<pusher_client *> heard;
    counter woken;
    queue.set_wakeup([&] { woken.add(); });
    for (std::size_t i = 0; i < count; i++) {
        clients.emplace_back(config);
        clients.back().bind("news", "pusher:subscription_succeeded",
                            [&](const pusherws::event &event) { heard.insert(event.client()); });
        clients.back().connect();
        subscribed.push_back(clients.back().subscribe("news").future());
    }
    readable(queue.descriptor());
    CHECK(woken.reaches(1));
    while (heard.size() < count) {
        CHECK(queue.dispatch(patience, 3));
    }
    for (auto &one : subscribed) {
        while (!is_ready(one)) {
            queue.dispatch(patience);
        }
        one.get();
    }
    // Events that are taken complete the requests of whose they are.
    for (auto &client : clients) {
        pinged.push_back(client.ping().future());
    }
    for (std::size_t i = 0; i < count; i++) {
        while (!is_ready(pinged[i])) {
            if (i % 2 == 0) {
                const auto event = queue.next(patience);
                CHECK(event && event->client() != nullptr);
            } else {
                const auto batch = queue.next_batch(patience, 2);
                CHECK(batch && batch->size() <= 2);
            }
        }
    }
    queue.clear_wakeup();
    try {
        clients[0].dispatch();
        FAIL("its queue is to be asked");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::state);
    }
    auto never = clients[0].subscribe("other").future();
    clients.clear();
    wait_ready(never);
    pusherws::queue moved = std::move(queue);
    CHECK(!moved.dispatch() && !moved.dispatch(0ms).closed());
}

/* A broken order of ends: the queue first, then its clients. */
void a_queue_that_ends_first()
{
    auto queue = std::make_unique<pusherws::queue>();
    auto config = config_of<throwing>("ann");
    config.shared_queue(*queue);
    pusherws::client client(config);
    auto connecting = client.connect().future();
    queue.reset();
    CHECK(client.close(patience));
    client.free();
    wait_ready(connecting);
    try {
        pusherws::client late(config);
        FAIL("there is no queue");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::state);
    }
}

void on_the_network_thread()
{
    auto config = config_of<throwing>("ann");
    config.delivery(pusherws::delivery::inline_).publish_rate(0);
    pusherws::client client(config);
    pusherws::client other(config);
    counter echoed;
    other.bind("private-a", "client-ping", [&](const pusherws::event &event) {
        CHECK(threads_named("pusherws-io") == 1 && threads_named("pusherws-ev") == 0);
        other.publish_detached("private-a", "client-pong", event.data());
    });
    client.bind("private-a", "client-pong", [&, n = 0](const pusherws::event &event) mutable {
        CHECK(event.data() == std::to_string(n++));
        echoed.add();
        client.publish("private-a", "client-ping", std::to_string(n)); // let go
    });
    for (pusherws::client *one : {&client, &other}) {
        one->connect();
        one->subscribe("private-a").get(patience);
    }
    client.publish("private-a", "client-ping", "0");
    CHECK(echoed.reaches(50));
    try {
        client.dispatch();
        FAIL("there is nothing to ask for");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::state);
    }
}

} // namespace

const test delivery_tests[] = {
    {"dispatching", dispatching},
    {"taking", taking},
    {"done_in_another_threads_turn", done_in_another_threads_turn},
    {"closed_in_no_time", closed_in_no_time},
    {"the_last_events_taken_by_two_threads", the_last_events_taken_by_two_threads},
    {"a_descriptor_and_a_wakeup", a_descriptor_and_a_wakeup},
    {"one_queue_for_many", one_queue_for_many},
    {"a_queue_that_ends_first", a_queue_that_ends_first},
    {"on_the_network_thread", on_the_network_thread},
    {nullptr, nullptr},
};
