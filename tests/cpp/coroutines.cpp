/*
 * co_await, where the compiler has coroutines.
 */
#include "testing.hpp"

#if defined(PUSHERWS_COROUTINES)

#include <thread>

namespace {

using pusherws::status;
using pusherws::throwing;

pusherws::background_task whole_story(pusherws::client_ref client, std::vector<std::string> &steps, counter &done)
{
    co_await client.connect();
    steps.push_back("connected");
    co_await client.subscribe("presence-room");
    steps.push_back("subscribed");
    const std::chrono::microseconds trip = co_await client.ping();
    CHECK(is_round_trip(trip));
    const std::string answer = co_await client.http().channels();
    CHECK(answer.find("presence-room") != std::string::npos);
    steps.push_back("answered");
    try {
        co_await client.publish("private-other", "e", "{}");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::not_subscribed);
        steps.push_back("caught");
    }
    auto early = client.ping();
    co_await client.ping();
    co_await std::move(early); // it is done already, and nothing is suspended
    try {
        co_await std::move(early);
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::argument);
    }
    done.add();
}

void a_coroutine_awaits_requests()
{
    const std::vector<std::string> wanted{"connected", "subscribed", "answered", "caught"};
    for (const auto delivery : {pusherws::delivery::thread, pusherws::delivery::inline_, pusherws::delivery::poll}) {
        auto config = config_of<throwing>("ann");
        config.delivery(delivery);
        pusherws::client client(config);
        std::vector<std::string> steps;
        counter done;
        whole_story(client.ref(), steps, done);
        while (delivery == pusherws::delivery::poll && done.get() == 0) {
            client.dispatch(patience);
        }
        CHECK(done.reaches(1) && steps == wanted);
    }
}

pusherws::background_task where(pusherws::client_ref client, std::thread::id &id, counter &done)
{
    co_await client.connect();
    id = std::this_thread::get_id();
    done.add();
}

/* With poll it goes on where events are asked for. */
void where_a_coroutine_goes_on()
{
    std::thread::id handlers, resumed;
    {
        pusherws::client client(config_of<throwing>("ann"));
        counter done;
        client.bind([&](const pusherws::event &) { handlers = std::this_thread::get_id(); });
        where(client.ref(), resumed, done);
        CHECK(done.reaches(1) && client.close(patience));
    }
    CHECK(resumed == handlers && resumed != std::this_thread::get_id());
    auto config = config_of<throwing>("ann");
    config.delivery(pusherws::delivery::poll);
    pusherws::client client(config);
    counter done;
    where(client.ref(), resumed, done);
    client.connect().wait(patience);
    CHECK(done.get() == 0);
    while (done.get() == 0) {
        client.dispatch(patience);
    }
    CHECK(resumed == std::this_thread::get_id());
}

pusherws::background_task owner(counter &ended)
{
    pusherws::client client(config_of<throwing>("ann"));
    co_await client.connect();
    ended.add();
    // And here the client is freed, on its own thread.
}

void a_coroutine_may_own_its_client()
{
    counter ended;
    owner(ended);
    CHECK(ended.reaches(1));
    wait_for_threads("pusherws-", 0);
}

pusherws::background_task cancelled(pusherws::client_ref client, counter &ended)
{
    try {
        co_await client.connect();
        FAIL("nothing answers");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::cancelled);
        ended.add();
    }
}

void the_end_of_a_client_resumes_it()
{
    fresh_server();
    order("faults", "{\"fault\":\"hang_upgrade\"}");
    counter ended;
    auto client = std::make_unique<pusherws::client>(config_of<throwing>("ann"));
    cancelled(client->ref(), ended);
    CHECK(ended.get() == 0);
    client.reset();
    CHECK(ended.get() == 1);
    fresh_server();
}

/* A coroutine that can be destroyed while it waits. */
struct held_task {
    struct promise_type {
        held_task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { throw; }
    };
    std::coroutine_handle<promise_type> handle;
};

held_task waits(pusherws::client_ref client, tracked)
{
    co_await client.connect();
    FAIL("it was destroyed");
}

held_task throws_later(pusherws::client_ref client)
{
    co_await client.connect();
    throw std::runtime_error("out of a coroutine");
}

void a_coroutine_destroyed_while_it_waits()
{
    std::atomic<int> alive{0};
    auto config = config_of<throwing>("ann");
    config.delivery(pusherws::delivery::poll);
    pusherws::client client(config);
    const held_task task = waits(client.ref(), tracked(alive));
    CHECK(alive > 0);
    task.handle.destroy();
    CHECK(alive == 0);
    auto connecting = client.connect();
    CHECK(client.dispatch_until(connecting, patience));
}

void what_leaves_a_coroutine_goes_to_the_hook()
{
    counter told;
    std::string where;
    pusherws::on_handler_failure([&](const pusherws::handler_failure &failure) {
        where = failure.where;
        told.add();
    });
    {
        pusherws::client client(config_of<throwing>("ann"));
        const held_task task = throws_later(client.ref());
        CHECK(told.reaches(1) && where == "a coroutine");
        client.free();
        task.handle.destroy();
    }
    [](counter &) -> pusherws::background_task {
        throw 1;
        co_return;
    }(told);
    CHECK(told.get() == 2);
    pusherws::on_handler_failure(nullptr);
}

pusherws::background_task quietly(pusherws::nothrow::client_ref client, counter &done)
{
    const pusherws::result<void> connected = co_await client.connect();
    CHECK(connected);
    const auto trip = co_await client.ping();
    CHECK(trip && is_round_trip(*trip));
    CHECK((co_await client.subscribe("no spaces please")).status() == status::channel);
    done.add();
}

void results_instead_of_exceptions()
{
    auto client = pusherws::nothrow::client::make(config_of<pusherws::returning>("ann")).value();
    counter done;
    quietly(client.ref(), done);
    CHECK(done.reaches(1));
}

} // namespace

const test coroutines_tests[] = {
    {"a_coroutine_awaits_requests", a_coroutine_awaits_requests},
    {"where_a_coroutine_goes_on", where_a_coroutine_goes_on},
    {"a_coroutine_may_own_its_client", a_coroutine_may_own_its_client},
    {"the_end_of_a_client_resumes_it", the_end_of_a_client_resumes_it},
    {"a_coroutine_destroyed_while_it_waits", a_coroutine_destroyed_while_it_waits},
    {"what_leaves_a_coroutine_goes_to_the_hook", what_leaves_a_coroutine_goes_to_the_hook},
    {"results_instead_of_exceptions", results_instead_of_exceptions},
    {nullptr, nullptr},
};

#else

const test coroutines_tests[] = {{nullptr, nullptr}};

#endif
