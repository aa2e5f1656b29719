/*
 * Compiled with -fno-exceptions -fno-rtti, and linked with sources that have both: the same names, without throwing.
 */
#include "testing.hpp"

#include <type_traits>

#if PUSHERWS_EXCEPTIONS
#error "this is to be compiled without exceptions"
#endif

namespace {

using pusherws::status;

/* Here both names are the flavour that returns results. */
static_assert(std::is_same_v<pusherws::client, pusherws::nothrow::client>);

void the_main_job()
{
    pusherws::config config = config_of<pusherws::returning>("ann");
    pusherws::result<pusherws::client> made = pusherws::client::make(config);
    CHECK(made);
    pusherws::client client = *std::move(made);
    std::atomic<int> alive{0};
    counter came;
    CHECK(client.bind("presence-room", "e", [&, held = tracked(alive)](const pusherws::event &event) {
        CHECK(event.data() == "hello");
        came.add();
    }));
    CHECK(client.connect().get(patience));
    CHECK(client.subscribe("presence-room").future().get());
    const pusherws::result<pusherws::members> members = client.members("presence-room");
    CHECK(members && members->size() == 1 && (*members)[0].user_id() == "ann");
    order("publish", "{\"channel\":\"presence-room\",\"event\":\"e\",\"data\":\"hello\"}");
    CHECK(came.reaches(1));
    const auto trip = client.ping().get(patience);
    CHECK(trip && is_round_trip(*trip));
    CHECK(client.publish("private-x", "e", "{}").get(patience).status() == status::not_subscribed);
    CHECK(client.close(patience).value());
    CHECK(client.ping().get().status() == status::closed);
    client.free();
    CHECK(alive == 0);
}

void failures()
{
    CHECK(pusherws::client::make(pusherws::config("")).status() == status::argument);
    pusherws::config config("app-key");
    CHECK(config.port(99999).problem() != nullptr);
    CHECK(!pusherws::channel_name(pusherws::channel_kind::public_, "private-x"));
    pusherws::queue queue;
    CHECK(queue.dispatch() && !*queue.dispatch());
    const pusherws::signer signer(config_of<pusherws::returning>("ann"));
    CHECK(signer.authorize_channel("1.2", "private-x") && !signer.authorize_channel("", "private-x"));
    CHECK(signer.verify_webhook("app-key", "wrong", "{}").value() == false);
}

} // namespace

const test nothrow_tests[] = {
    {"the_main_job_without_exceptions", the_main_job},
    {"failures_without_exceptions", failures},
    {nullptr, nullptr},
};
