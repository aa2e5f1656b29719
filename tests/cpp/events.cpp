/*
 * Clients and what they tell: events, members, channels, numbers.
 */
#include "testing.hpp"

#include <algorithm>

namespace {

using pusherws::throwing;

pusherws::client connected(const char *user)
{
    pusherws::client client(config_of<throwing>(user));
    client.connect().get(patience);
    return client;
}

void a_message_arrives()
{
    pusherws::client client = connected("ann");
    counter came;
    std::string name, channel, data;
    client.bind("news", "headline", [&](const pusherws::event &event) {
        CHECK(event.kind() == pusherws::event_kind::message && event.client() != nullptr && event.code() == 0);
        CHECK(event.data_format() == pusherws::data_format::text && event.has_channel() && event.has_data());
        CHECK(!event.has_user_id() && event.user_id().empty() && event.status() == pusherws::status::ok);
        CHECK(event.native()->data[event.native()->data_len] == '\0' && !event.retry_in());
        name = event.name(), channel = event.channel(), data = event.data();
        came.add();
    });
    client.subscribe("news").get(patience);
    CHECK(client.state() == pusherws::connection_state::connected && client.socket_id().find('.') != std::string::npos);
    order("publish", "{\"channel\":\"news\",\"event\":\"headline\",\"data\":\"hello\"}");
    CHECK(came.reaches(1));
    CHECK(name == "headline" && channel == "news" && data == "hello");
    CHECK(client.close(patience));
}

void data_may_hold_nul_bytes()
{
    pusherws::client client = connected("ann");
    counter came;
    std::string data;
    client.bind("news", std::nullopt, [&](pusherws::event event) { // by value is fine, too
        if (event.kind() == pusherws::event_kind::message) {
            data = event.data();
            came.add();
        }
    });
    client.subscribe("news").get(patience);
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"a\\u0000b\"}");
    CHECK(came.reaches(1) && data == std::string("a\0b", 3));
}

void changes_of_state()
{
    pusherws::client client(config_of<throwing>("ann"));
    std::vector<std::string> states;
    client.bind(std::nullopt, "pusher:state_change", [&](const pusherws::event &event) {
        states.push_back(std::string(name_of(event.previous_state())) + " " + std::string(name_of(event.state())));
    });
    client.connect().get(patience);
    client.disconnect().get(patience);
    CHECK(client.close(patience));
    const std::vector<std::string> wanted{"initialized connecting", "connecting connected", "connected disconnected"};
    CHECK(states == wanted);
}

void an_event_can_be_kept()
{
    pusherws::owned_event kept;
    CHECK(!kept && kept.name().empty() && kept.request() == 0 && !kept.keep());
    {
        pusherws::client client = connected("ann");
        counter came;
        client.bind("news", "e", [&](const pusherws::event &event) {
            kept = event.keep();
            came.add();
        });
        client.subscribe("news").get(patience);
        order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"kept\"}");
        CHECK(came.reaches(1));
    }
    CHECK(kept && kept.data() == "kept");
    pusherws::owned_event other = std::move(kept);
    CHECK(!kept && kept.data().empty() && other.data() == "kept");
    kept = other.keep();
    CHECK(kept.data() == "kept" && kept.native() != other.native());
    other = std::move(kept);
    pusherws::owned_event &same = other;
    other = std::move(same);
    CHECK(other && other.name() == "e" && other.channel() == "news");
}

void once_and_patterns()
{
    pusherws::client client = connected("ann");
    counter once, pattern;
    client.bind("news", "e", [&](const pusherws::event &) { once.add(); }, pusherws::bind_flags::once);
    client.bind("n*", "[ef]", [&](const pusherws::event &) { pattern.add(); }, pusherws::bind_flags::glob);
    client.subscribe("news").get(patience);
    for (int i = 0; i < 3; i++) {
        order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"x\"}");
    }
    CHECK(pattern.reaches(3) && once.get() == 1);
    const auto none = pusherws::nothrow::client::make(config_of<pusherws::returning>("ann"));
    const auto bad = none->bind("a", "[", [](const pusherws::event &) {}, pusherws::bind_flags::glob);
    CHECK(!bad && bad.status() == pusherws::status::argument);
}

void members_are_a_range()
{
    pusherws::client ann = connected("ann");
    pusherws::client ben = connected("ben");
    counter joined;
    ann.bind("presence-room", "pusher:member_added", [&](const pusherws::event &event) {
        CHECK(event.user_id() == "ben" && event.value() == 2);
        joined.add();
    });
    ann.subscribe(pusherws::channel_kind::presence, "room").get(patience);
    ben.subscribe("presence-room").get(patience);
    CHECK(joined.reaches(1));

    std::string all;
    for (const pusherws::member member : ann.members("presence-room")) {
        all += std::string(member.user_id()) + (member.is_me() ? "! " : " ");
        CHECK(member.has_user_info() && member.user_info().find("name") != std::string_view::npos);
    }
    CHECK(all == "ann! ben ");
    pusherws::members list = ann.members("presence-room");
    CHECK(list.size() == 2 && !list.empty() && list[1].user_id() == "ben");
    CHECK(list.find("ben") && !list.find("ben")->is_me() && !list.find("nobody") && list.me()->user_id() == "ann");
    CHECK(!list.find(std::string_view("be\0n", 4)));
    const auto found = std::find_if(list.begin(), list.end(), [](auto member) { return member.user_id() == "ben"; });
    CHECK(found - list.begin() == 1 && list.end() - list.begin() == 2 && found < list.end());
    // And of a list that nobody keeps.
    const auto me = ann.members("presence-room").me();
    const auto somebody = ann.members("presence-room").find("ben");
    CHECK(me->user_id() == "ann" && somebody->user_id() == "ben");
    // Iterators are into the list, wherever it is moved.
    const pusherws::members moved = std::move(list);
    CHECK((*found).user_id() == "ben" && moved.size() == 2 && list.empty() && list.begin() == list.end());
#if defined(__cpp_lib_ranges)
    static_assert(std::ranges::random_access_range<pusherws::members>);
    static_assert(std::ranges::random_access_range<pusherws::channels>);
    static_assert(std::ranges::forward_range<pusherws::events>);
#endif
    try {
        ann.members("presence-other");
        FAIL("there is no such list");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == pusherws::status::not_subscribed);
    }
}

void channels_are_a_range()
{
    pusherws::client client(config_of<throwing>("ann"));
    client.subscribe("b");
    client.subscribe("a");
    client.network_changed().get(patience); // what was asked for before it has been noted
    std::string all;
    for (const auto &[name, state] : client.channels()) {
        all += std::string(name) + " " + std::string(name_of(state)) + ", ";
    }
    CHECK(all == "a waiting, b waiting, ");
    client.unsubscribe("a");
    client.connect().get(patience);
    CHECK(client.channels().size() == 1 && client.channels()[0].name == "b");
    client.unsubscribe_all().get(patience);
    CHECK(client.channels().empty());
}

void publishing()
{
    pusherws::client ann = connected("ann");
    pusherws::client ben = connected("ben");
    counter came;
    std::vector<std::string> heard;
    ben.bind("presence-room", "client-hello", [&](const pusherws::event &event) {
        heard.push_back(std::string(event.user_id()) + ": " + std::string(event.data()));
        came.add();
    });
    ann.subscribe("presence-room").get(patience);
    ben.subscribe("presence-room").get(patience);
    ann.publish("presence-room", "hello", "first").get(patience);
    ann.publish_detached("presence-room", "client-hello", std::string_view("second, cut", 6));
    CHECK(came.reaches(2));
    CHECK(heard[0] == "ann: first" && heard[1] == "ann: second");
}

void metrics_and_dumps()
{
    pusherws::client client = connected("ann");
    client.subscribe("news").get(patience);
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"12345\"}");
    CHECK(is_round_trip(client.ping().get(patience))); // what came before it has been read
    const pusherws::metrics now = client.metrics();
    CHECK(now.totals().messages == 1 && now.totals().connects == 1 && now.totals().size >= sizeof(pusher_totals));
    CHECK(now.events(pusherws::event_kind::message) == 1 && now.events(static_cast<pusherws::event_kind>(99)) == 0);
    CHECK(now.losses(pusherws::cause::network) == 0 && now.failed_tries(pusherws::cause::tls) == 0);
    CHECK(now.channels().size() == 1 && (*now.channels().begin()).name() == "news");
    for (const pusherws::channel_metrics channel : now.channels()) {
        CHECK(channel.bytes() == 5 && channel.last() && channel.state() == pusherws::channel_state::subscribed);
    }
    CHECK(now.channel("news")->messages() == 1 && !now.channel("other"));
    // All of it may be asked of a snapshot that nobody keeps.
    int channels = 0;
    for (const pusherws::channel_metrics channel : client.metrics().channels()) {
        CHECK(channel.name() == "news");
        channels++;
    }
    const auto &totals = client.metrics().totals();
    const auto news = client.metrics().channel("news");
    CHECK(channels == 1 && totals.messages == 1 && totals.connects == 1 && news->name() == "news" && news->messages() == 1);
    CHECK(client.dropped() == 0);
    CHECK(client.prometheus("c++").find("client=\"c++\"") != std::string::npos);
    for (int i = 0; i < 60; i++) { // longer than the first guess
        client.subscribe("a-channel-with-quite-a-long-name-" + std::to_string(i));
    }
    client.network_changed().get(patience);
    CHECK(client.prometheus().size() > 8192);
    const std::string dump = client.dump();
    CHECK(dump.front() == '{' && dump.back() == '}' && holds_secret(dump.c_str()) == 0);
}

void log_lines()
{
    pusherws::config config = config_of<throwing>("ann");
    config.log_level(pusherws::log_level::info);
    pusherws::client client(config);
    counter lines;
    client.bind(std::nullopt, "pusher:log", [&](const pusherws::event &event) {
        CHECK(static_cast<pusherws::log_level>(event.value()) <= pusherws::log_level::info && !event.data().empty());
        lines.add();
    });
    client.connect().get(patience);
    CHECK(lines.reaches(1));
}

} // namespace

const test events_tests[] = {
    {"a_message_arrives", a_message_arrives},
    {"data_may_hold_nul_bytes", data_may_hold_nul_bytes},
    {"changes_of_state", changes_of_state},
    {"an_event_can_be_kept", an_event_can_be_kept},
    {"once_and_patterns", once_and_patterns},
    {"members_are_a_range", members_are_a_range},
    {"channels_are_a_range", channels_are_a_range},
    {"publishing", publishing},
    {"metrics_and_dumps", metrics_and_dumps},
    {"log_lines", log_lines},
    {nullptr, nullptr},
};
