/*
 * Who ends when: handlers, clients in their own handlers, what outlives its client, and exceptions.
 */
#include "testing.hpp"

#include <csignal>
#include <mutex>
#include <sys/wait.h>
#include <thread>

namespace {

using pusherws::status;
using pusherws::throwing;

std::unique_ptr<pusherws::client> connected()
{
    auto client = std::make_unique<pusherws::client>(config_of<throwing>("ann"));
    client->connect().get(patience);
    client->subscribe("news").get(patience);
    return client;
}

void publish_news()
{
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"x\"}");
}

void handlers_end_exactly_once()
{
    std::atomic<int> alive{0};
    {
        auto client = connected();
        counter calls;
        const auto binding = client->bind("news", "e", [&, held = tracked(alive), own = std::make_unique<int>(1)](
                                                           const pusherws::event &) { calls.add(); });
        client->bind("news", std::nullopt, [held = tracked(alive)](const pusherws::event &) {});
        CHECK(alive == 2);
        publish_news();
        CHECK(calls.reaches(1));
        client->unbind(binding);
        try {
            client->unbind(binding);
            FAIL("it is not bound any more");
        } catch (const pusherws::error &error) {
            CHECK(error.status() == status::not_found);
        }
        publish_news();
        client->close(patience);
        CHECK(calls.get() == 1);
        // A bind that fails ends it at once, too.
        try {
            client->bind("news", "e", [held = tracked(alive)](const pusherws::event &) {});
            FAIL("the client is closed");
        } catch (const pusherws::error &error) {
            CHECK(error.status() == status::closed);
        }
        CHECK(alive <= 2);
    }
    CHECK(alive == 0);
}

/* What can be called may be any object. */
struct named_handler {
    std::vector<std::string> *names;
    void operator()(const pusherws::event &event) { names->push_back(std::string(event.name())); }
};

void handlers_of_every_kind()
{
    std::vector<std::string> names;
    counter calls;
    auto client = connected();
    named_handler lvalue{&names};
    client->bind("news", "e", lvalue);
    std::function<void(const pusherws::event &)> function = [&](const pusherws::event &) { calls.add(); };
    client->bind("news", "e", function);
    client->bind("news", "e", [&, n = 0](const pusherws::event &) mutable { calls.add(), n++; });
    publish_news();
    CHECK(calls.reaches(2));
    CHECK(names == std::vector<std::string>{"e"});
}

void a_client_freed_in_its_own_handler()
{
    for (const auto delivery : {pusherws::delivery::thread, pusherws::delivery::inline_, pusherws::delivery::poll}) {
        std::atomic<int> alive{0};
        counter freed;
        auto config = config_of<throwing>("ann");
        config.delivery(delivery);
        auto client = std::make_unique<pusherws::client>(config);
        const auto ref = client->ref();
        ref.bind("news", "pusher:subscription_succeeded", [&, held = tracked(alive)](const pusherws::event &event) {
            client.reset();
            CHECK(alive == 1 && event.channel() == "news"); // this still runs, and its event lives
            freed.add();
        });
        ref.connect();
        auto never = ref.subscribe("elsewhere").future();
        ref.subscribe("news");
        while (delivery == pusherws::delivery::poll && freed.get() == 0) {
            ref.dispatch(patience);
        }
        CHECK(freed.reaches(1));
        wait_ready(never);
        try {
            ref.ping();
            FAIL("the client is gone");
        } catch (const pusherws::error &error) {
            CHECK(error.status() == status::handle);
        }
        if (delivery != pusherws::delivery::thread) {
            wait_for_threads("pusherws-io", 0);
        }
        // On its own thread the handler ends when it has returned.
        wait_for_threads("pusherws-ev", 0);
        CHECK(alive == 0);
    }
}

/* A completion that holds the last of a client. */
void a_client_freed_by_a_completion()
{
    counter freed;
    auto client = std::make_shared<pusherws::client>(config_of<throwing>("ann"));
    auto request = client->connect();
    std::move(request).then([&freed, held = std::move(client)](pusherws::result<void> how) mutable {
        CHECK(how);
        held.reset();
        freed.add();
    });
    CHECK(freed.reaches(1));
    wait_for_threads("pusherws-", 0);
}

void moving_a_client()
{
    counter calls;
    pusherws::client first(config_of<throwing>("ann"));
    first.bind("news", "e", [&](const pusherws::event &) { calls.add(); });
    auto connecting = first.connect();
    pusherws::client second = std::move(first);
    CHECK(!first && second && first.native() == nullptr);
    connecting.get(patience);
    second.subscribe("news").get(patience);
    publish_news();
    CHECK(calls.reaches(1));
    try {
        first.subscribe("news");
        FAIL("it was moved away");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::handle);
    }
    pusherws::client &same = second;
    second = std::move(same);
    CHECK(second && second.state() == pusherws::connection_state::connected);
    first = std::move(second);
    first.ping().get(patience);
    second = pusherws::client(config_of<throwing>("ben"));
    first = std::move(second); // frees the one that it was
    CHECK(first.state() == pusherws::connection_state::initialized);
}

/* What belongs to a client may end after it, in any order. */
void the_wrong_order_of_ends()
{
    pusherws::scoped_binding binding;
    std::unique_ptr<pusherws::subscription> room;
    std::unique_ptr<pusherws::request<>> request;
    std::unique_ptr<pusherws::members> members;
    std::unique_ptr<pusherws::metrics> metrics;
    pusherws::client_ref ref;
    pusherws::http http = ref.http();
    std::atomic<int> alive{0};
    {
        auto client = connected();
        ref = client->ref();
        http = client->http();
        binding = pusherws::scoped_binding(ref, client->bind([held = tracked(alive)](const pusherws::event &) {}));
        room = std::make_unique<pusherws::subscription>(ref, "presence-room");
        room->bind(std::nullopt, [held = tracked(alive)](const pusherws::event &) {});
        room->subscribe().get(patience);
        members = std::make_unique<pusherws::members>(room->members());
        metrics = std::make_unique<pusherws::metrics>(client->metrics());
        request = std::make_unique<pusherws::request<>>(client->subscribe("news"));
    }
    CHECK(alive == 0 && members->size() == 1 && metrics->totals().connects == 1);
    try {
        static_cast<void>(http.channels());
        FAIL("the client is gone");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::handle);
    }
    CHECK(request->done());
}

void scopes()
{
    auto client = connected();
    counter calls;
    {
        const pusherws::scoped_binding bound(*client, client->bind("news", "e", [&](const pusherws::event &) { calls.add(); }));
        publish_news();
        CHECK(calls.reaches(1));
    }
    std::atomic<int> alive{0};
    counter heard;
    {
        pusherws::subscription room(*client, "presence-room");
        CHECK(room.channel() == "presence-room" && room.state() == pusherws::channel_state::none);
        room.bind("e", [&, held = tracked(alive)](const pusherws::event &) { heard.add(); });
        room.subscribe().get(patience);
        room.subscribe().get(patience);
        CHECK(room.state() == pusherws::channel_state::subscribed && room.members().size() == 1);
        room.publish("client-e", "{}").get(patience);
        pusherws::subscription moved = std::move(room);
        order("publish", "{\"channel\":\"presence-room\",\"event\":\"e\",\"data\":\"x\"}");
        CHECK(heard.reaches(1));
    }
    publish_news();
    client->ping().get(patience); // what was asked for before it has been done
    CHECK(alive == 0 && client->channel_state("presence-room") == pusherws::channel_state::none);
    CHECK(calls.get() == 1);
}

void exceptions_go_to_the_hook()
{
    struct seen {
        std::string where, event, what;
    };
    std::mutex lock;
    std::vector<seen> failures;
    counter count;
    pusherws::on_handler_failure([&](const pusherws::handler_failure &failure) {
        std::string what = "?";
        try {
            std::rethrow_exception(failure.exception);
        } catch (const std::exception &exception) {
            what = exception.what();
        } catch (int number) {
            what = std::to_string(number);
        }
        const std::lock_guard<std::mutex> guard(lock);
        failures.push_back({failure.where, failure.event != nullptr ? std::string(failure.event->name()) : "", what});
        count.add();
    });
    struct bad_end {
        bool armed = true;
        bad_end() = default;
        bad_end(bad_end &&other) noexcept : armed(std::exchange(other.armed, false)) {}
        ~bad_end() noexcept(false)
        {
            if (armed) {
                throw std::runtime_error("bad end");
            }
        }
    };
    {
        auto client = connected();
        counter after;
        client->bind("news", "e", [held = bad_end()](const pusherws::event &) { throw std::runtime_error("one"); });
        client->bind("news", "e", [](const pusherws::event &) { throw 2; });
        client->bind("news", "e", [&](const pusherws::event &) { after.add(); });
        publish_news();
        publish_news();
        CHECK(after.reaches(2)); // the others are called, and the client goes on
        client->ping().then([](pusherws::result<std::chrono::microseconds>) { throw std::runtime_error("three"); });
        CHECK(count.reaches(5));
    }
    CHECK(failures.size() == 6);
    CHECK(failures[0].where == "a handler" && failures[0].event == "e" && failures[0].what == "one");
    CHECK(failures[1].what == "2" && failures[2].what == "one" && failures[3].what == "2");
    CHECK(failures[4].where == "a completion" && failures[4].what == "three");
    CHECK(failures[5].where == "a destructor" && failures[5].what == "bad end");

    // A hook that throws, and none at all, end nothing either: lines go to the standard error stream.
    pusherws::on_handler_failure([](const pusherws::handler_failure &) { throw 3; });
    {
        auto client = connected();
        counter after;
        client->bind("news", "e", [](const pusherws::event &) { throw std::runtime_error("expected on stderr"); });
        client->bind("news", "e", [&](const pusherws::event &) { after.add(); });
        publish_news();
        CHECK(after.reaches(1));
        pusherws::on_handler_failure(nullptr);
        publish_news();
        CHECK(after.reaches(2));
    }
}

/* Freed by another thread while its handlers run, at any moment. */
void freed_while_events_come()
{
    fresh_server();
    for (int round = 0; round < 20; round++) {
        std::atomic<int> alive{0};
        counter calls;
        auto client = connected();
        client->bind("news", "n", [&, held = tracked(alive)](const pusherws::event &) {
            CHECK(alive > 0);
            calls.add();
        });
        auto pinged = client->ping().future();
        std::thread flood([] {
            try_order("flood", "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"{n}\",\"count\":300,\"numbered\":true}");
        });
        CHECK(calls.reaches(1 + 7 * round));
        client.reset();
        CHECK(alive == 0);
        const long then = calls.get();
        wait_ready(pinged);
        flood.join();
        CHECK(calls.get() == then);
    }
}

/* A client whose table can be got at. */
struct opened : pusherws::client {
    using pusherws::client::client;
    pusherws::detail::completions &table() const { return *this->table_; }
};

/* Runs something in a child of this process, which must end well and soon. */
template <class Run> void in_a_child(Run &&run)
{
    std::fflush(nullptr);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(10);
        run();
        _exit(0);
    }
    int how = 0;
    CHECK(waitpid(child, &how, 0) == child);
    CHECK(!WIFSIGNALED(how) || WTERMSIG(how) != SIGALRM); // it hung
    CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

/* The child of a fork has the parent's objects, and neither its threads nor its locks. */
void forked_while_another_thread_makes_a_request()
{
    pusherws::queue queue;
    for (const bool shared : {false, true}) {
        auto config = config_of<throwing>("ann");
        if (shared) {
            config.shared_queue(queue);
        }
        opened client(config);
        int told = 0;
        const auto tell = [&](pusherws::result<void>) { told++; };
        client.subscribe("news").then(tell);
        auto pending = client.subscribe("other");
        auto late = client.subscribe("another");
        client.network_changed().wait(patience); // the network thread has nothing to do, and holds no lock of malloc
        counter inside, forked;
        std::thread holder([&] {
            client.table().start(client.native(), false, [&](pusher_request *) {
                inside.add();
                CHECK(forked.reaches(1));
                return PUSHER_ERR_STATE;
            });
        });
        CHECK(inside.reaches(1)); // and the lock is held
        in_a_child([&] {
            try {
                client.ping();
                FAIL("it is the parent's");
            } catch (const pusherws::error &error) {
                CHECK(error.status() == status::forked);
            }
            try {
                pending.get();
                FAIL("it is the parent's");
            } catch (const pusherws::error &error) {
                CHECK(error.status() == status::forked);
            }
            std::move(late).then([](pusherws::result<void> how) {
                CHECK(how.status() == status::forked);
            });
            { const auto ended = std::move(pending); }
            client.free();
            CHECK(told == 0); // it is for the parent to be told
            pusherws::client own(config_of<throwing>("ben"));
            own.connect().get(patience);
        });
        forked.add();
        holder.join();
        std::move(late).then(tell);
        CHECK(told == 0);
        client.free();
        CHECK(told == 2);
    }
}

} // namespace

const test lifetimes_tests[] = {
    {"handlers_end_exactly_once", handlers_end_exactly_once},
    {"handlers_of_every_kind", handlers_of_every_kind},
    {"a_client_freed_in_its_own_handler", a_client_freed_in_its_own_handler},
    {"a_client_freed_by_a_completion", a_client_freed_by_a_completion},
    {"moving_a_client", moving_a_client},
    {"the_wrong_order_of_ends", the_wrong_order_of_ends},
    {"scopes", scopes},
    {"exceptions_go_to_the_hook", exceptions_go_to_the_hook},
    {"freed_while_events_come", freed_while_events_come},
    {"forked_while_another_thread_makes_a_request", forked_while_another_thread_makes_a_request},
    {nullptr, nullptr},
};
