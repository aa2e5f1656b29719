/*
 * Requests: each of the ways to wait for one, well and badly ended, early and late.
 */
#include "testing.hpp"

#include <algorithm>
#include <thread>

namespace {

using pusherws::returning;
using pusherws::status;
using pusherws::throwing;

pusherws::nothrow::client quiet_client(pusherws::delivery delivery = pusherws::delivery::thread)
{
    auto config = config_of<returning>("ann");
    config.delivery(delivery);
    return pusherws::nothrow::client::make(config).value();
}

void waiting()
{
    pusherws::client client(config_of<throwing>("ann"));
    auto early = client.subscribe("news");
    CHECK(early.number() != 0 && !early.done());
    try {
        early.get(1ms);
        FAIL("nothing connects it");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::timeout);
    }
    client.connect().wait(patience);
    early.get(patience);
    early.get(0ms); // as often as you like
    early.wait();
    CHECK(early.done());
    std::chrono::microseconds longest{0};
    for (int i = 0; i < 20; i++) {
        const auto trip = client.ping().get(patience);
        CHECK(is_round_trip(trip));
        longest = std::max(longest, trip);
    }
    CHECK(longest > 0us);
}

void failures_have_status_code_and_reason()
{
    fresh_server();
    for (const auto delivery : {pusherws::delivery::thread, pusherws::delivery::inline_}) {
        auto client = quiet_client(delivery);
        CHECK(client.connect().get(patience));
        order("faults", "{\"fault\":\"refuse_subscribe\",\"channel\":\"private-x\",\"status\":403,\"times\":1}");
        const auto refused = client.subscribe("private-x").get(patience);
        CHECK(!refused && refused.status() == status::auth && refused.error().code() == 403);
        CHECK(refused.error().message().size() > 5);
        CHECK(client.publish("private-y", "e", "{}").get(patience).status() == status::not_subscribed);
    }
    fresh_server();
}

void a_call_that_fails_at_once()
{
    pusherws::client loud(config_of<throwing>("ann"));
    try {
        loud.subscribe("no spaces please");
        FAIL("that is no name");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::channel);
    }
    auto client = quiet_client();
    auto request = client.subscribe("no spaces please");
    CHECK(request.done() && request.number() == 0);
    CHECK(request.wait().status() == status::channel && request.get().status() == status::channel);
    auto future = client.subscribe("no spaces please").future();
    CHECK(is_ready(future) && future.get().status() == status::channel);
    bool called = false;
    client.subscribe("no spaces please").then([&](pusherws::result<void> how) {
        called = how.status() == status::channel && how.error().message().find("channel") != std::string_view::npos;
    });
    CHECK(called);
}

void futures()
{
    pusherws::client client(config_of<throwing>("ann"));
    std::future<void> connected = client.connect().future();
    std::future<void> subscribed = client.subscribe("news").future();
    std::future<std::chrono::microseconds> pinged;
    wait_ready(connected);
    connected.get();
    wait_ready(subscribed);
    pinged = client.ping().future();
    wait_ready(pinged);
    CHECK(is_round_trip(pinged.get()));
    std::future<void> failed = client.publish("private-x", "e", "{}").future();
    wait_ready(failed);
    try {
        failed.get();
        FAIL("the channel is not subscribed");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::not_subscribed);
    }
    // Late is not too late.
    auto request = client.ping();
    request.wait(patience);
    auto late = std::move(request).future();
    wait_ready(late);
    CHECK(is_round_trip(late.get()));
}

void completions_are_called_once_where_handlers_run()
{
    pusherws::client client(config_of<throwing>("ann"));
    counter calls;
    std::thread::id handlers, completion;
    client.bind([&](const pusherws::event &) { handlers = std::this_thread::get_id(); });
    client.connect().then([&, held = std::make_unique<int>(7)](pusherws::result<void> how) {
        CHECK(how && *held == 7);
        completion = std::this_thread::get_id();
        calls.add();
    });
    CHECK(calls.reaches(1));
    CHECK(client.close(patience));
    CHECK(calls.get() == 1 && completion == handlers && completion != std::this_thread::get_id());
}

void requests_in_completions_and_handlers()
{
    pusherws::client client(config_of<throwing>("ann"));
    counter pongs;
    const auto ref = client.ref();
    client.bind("news", "pusher:subscription_succeeded", [&, ref](const pusherws::event &) {
        ref.ping().then([&](pusherws::result<std::chrono::microseconds> trip) {
            CHECK(trip && is_round_trip(*trip));
            pongs.add();
        });
        try {
            ref.ping().get(patience);
            FAIL("it would wait for itself");
        } catch (const pusherws::error &error) {
            CHECK(error.status() == status::would_deadlock);
        }
    });
    client.connect().then([&, ref](pusherws::result<void> how) {
        CHECK(how);
        ref.subscribe("news").then([&, ref](pusherws::result<void> then) {
            CHECK(then);
            ref.ping().then([&](pusherws::result<std::chrono::microseconds>) { pongs.add(); });
        });
    });
    CHECK(pongs.reaches(2));
}

/* The completed event may come before the call has returned: no request gets lost. */
void many_requests_at_once()
{
    constexpr int threads = 4, each = 300;
    for (const auto delivery : {pusherws::delivery::thread, pusherws::delivery::inline_}) {
        auto client = quiet_client(delivery);
        CHECK(client.connect().get(patience));
        counter done;
        std::vector<std::thread> running;
        for (int t = 0; t < threads; t++) {
            running.emplace_back([&] {
                for (int i = 0; i < each; i++) {
                    switch (i % 4) {
                    case 0:
                        client.network_changed().then([&](pusherws::result<void> how) {
                            CHECK(how);
                            done.add();
                        });
                        break;
                    case 1:
                        CHECK(client.connect().get(patience));
                        done.add();
                        break;
                    case 2:
                        CHECK(client.unsubscribe_all().future().get());
                        done.add();
                        break;
                    default:
                        client.connect(); // let go
                        done.add();
                    }
                }
            });
        }
        for (auto &one : running) {
            one.join();
        }
        CHECK(done.reaches(threads * each));
    }
}

/* What is pending when a client ends completes, however it ends. */
void a_client_that_ends_completes_all()
{
    fresh_server();
    order("faults", "{\"fault\":\"hang_upgrade\"}");
    for (const auto delivery : {pusherws::delivery::thread, pusherws::delivery::poll, pusherws::delivery::inline_}) {
        for (const bool politely : {true, false}) {
            auto client = quiet_client(delivery);
            auto connecting = client.connect();
            auto future = client.subscribe("news").future();
            int calls = 0;
            client.subscribe("other").then([&](pusherws::result<void> how) {
                CHECK(how.status() == status::cancelled);
                calls++;
            });
            if (politely) {
                // With poll nobody asks for events any more: the future is ready all the same.
                CHECK(client.close(patience));
                wait_ready(future);
                CHECK(delivery == pusherws::delivery::poll || calls == 1);
            }
            client = pusherws::nothrow::client();
            wait_ready(future);
            CHECK(calls == 1 && future.get().status() == status::cancelled);
            CHECK(connecting.done() && connecting.get().status() == status::cancelled);
        }
    }
    fresh_server();
}

/* Where nobody has asked for its event, a closed client knows how a request ended, and not what it gave. */
void closed_with_events_that_nobody_asks_for()
{
    auto client = quiet_client(pusherws::delivery::poll);
    auto connecting = client.connect();
    CHECK(connecting.wait(patience));
    CHECK(connecting.done() && connecting.get(patience)); // by its number
    auto pong = client.ping();
    CHECK(pong.wait(patience));
    CHECK(pong.get(1ms).status() == status::timeout); // its event has the value
    auto well = client.network_changed().future();
    auto answer = std::move(pong).future();
    auto unknown = client.publish("private-x", "e", "{}").future();
    CHECK(!is_ready(well));
    CHECK(client.close(patience));
    wait_ready(well);
    wait_ready(answer);
    wait_ready(unknown);
    CHECK(well.get() && answer.get().status() == status::cancelled);
    CHECK(unknown.get().status() == status::not_subscribed);
}

/* A thread that is blocked for a value, which only an event has that nobody asks for, learns of the end. */
void closing_while_another_thread_gets_a_value()
{
    auto client = quiet_client(pusherws::delivery::poll);
    CHECK(client.connect().wait(patience));
    auto early = client.ping();
    auto late = client.ping();
    auto later = client.ping();
    auto blocked = std::async(std::launch::async, [&] { return early.get().status(); });
    CHECK(later.wait(patience)); // and so the others are done as well
    CHECK(client.close(patience));
    wait_ready(blocked);
    CHECK(blocked.get() == status::cancelled);
    // Afterwards nobody waits at all.
    auto unblocked = std::async(std::launch::async, [&] { return late.get().status(); });
    wait_ready(unblocked);
    CHECK(unblocked.get() == status::cancelled);
    auto future = std::move(later).future();
    CHECK(is_ready(future) && future.get().status() == status::cancelled);
}

/* Not to be taken for one that closing has cut short. */
void a_request_whose_own_time_was_over()
{
    fresh_server();
    order("faults", "{\"fault\":\"ignore_subscribe\",\"channel\":\"news\"}");
    auto config = config_of<returning>("ann");
    config.delivery(pusherws::delivery::poll).subscribe_timeout(50ms);
    auto client = pusherws::nothrow::client::make(config).value();
    client.connect();
    auto subscribing = client.subscribe("news");
    CHECK(subscribing.wait(patience).status() == status::timeout);
    auto future = std::move(subscribing).future();
    CHECK(client.close(patience));
    wait_ready(future);
    CHECK(future.get().status() == status::timeout);
    fresh_server();
}

void requests_after_the_end()
{
    auto client = quiet_client();
    CHECK(client.close(patience));
    CHECK(client.connect().get().status() == status::closed);
    const auto ref = client.ref();
    client.free();
    client.free();
    CHECK(!client && client.connect().get().status() == status::handle);
    CHECK(ref.connect().future().get().status() == status::handle);
    auto request = quiet_client().connect();
    CHECK(request.done() && request.get().status() == status::cancelled);
    auto moved = std::move(request);
    CHECK(!request.done() && request.number() == 0 && request.get().status() == status::argument);
    CHECK(std::move(request).future().get().status() == status::argument);
    CHECK(moved.wait().status() == status::cancelled);
}

} // namespace

const test requests_tests[] = {
    {"waiting", waiting},
    {"failures_have_status_code_and_reason", failures_have_status_code_and_reason},
    {"a_call_that_fails_at_once", a_call_that_fails_at_once},
    {"futures", futures},
    {"completions_are_called_once_where_handlers_run", completions_are_called_once_where_handlers_run},
    {"requests_in_completions_and_handlers", requests_in_completions_and_handlers},
    {"many_requests_at_once", many_requests_at_once},
    {"a_client_that_ends_completes_all", a_client_that_ends_completes_all},
    {"closed_with_events_that_nobody_asks_for", closed_with_events_that_nobody_asks_for},
    {"closing_while_another_thread_gets_a_value", closing_while_another_thread_gets_a_value},
    {"a_request_whose_own_time_was_over", a_request_whose_own_time_was_over},
    {"requests_after_the_end", requests_after_the_end},
    {nullptr, nullptr},
};
