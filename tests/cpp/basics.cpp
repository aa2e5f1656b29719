/*
 * What needs no server: numbers and names, results, texts, configs.
 */
#include "testing.hpp"

#include <type_traits>

namespace {

using pusherws::returning;
using pusherws::throwing;

/* Calls something that has to throw, and gives what it threw. */
template <class Call> pusherws::error caught(Call &&call)
{
    try {
        call();
    } catch (const pusherws::error &error) {
        CHECK(error.status() != pusherws::status::ok);
        CHECK(!error.message().empty() && holds_secret(error.what()) == 0);
        return error;
    }
    FAIL("nothing was thrown");
}

void numbers_have_names()
{
    CHECK(name_of(pusherws::status::rate_limited) == "PUSHER_ERR_RATE_LIMITED");
    CHECK(name_of(static_cast<pusherws::status>(-999)) == "unknown status");
    CHECK(name_of(pusherws::event_kind::member_added) == "member_added");
    CHECK(name_of(static_cast<pusherws::event_kind>(999)) == "unknown");
    CHECK(name_of(pusherws::channel_kind::private_) == "private");
    CHECK(name_of(pusherws::delivery::inline_) == "inline");
    CHECK(name_of(pusherws::connection_state::unavailable) == "unavailable");
    CHECK(static_cast<std::int32_t>(pusherws::tls_version::tls_1_3) == PUSHER_TLS_1_3);
    const auto both = pusherws::bind_flags::once | pusherws::bind_flags::glob;
    CHECK(static_cast<std::int32_t>(both) == (PUSHER_BIND_ONCE | PUSHER_BIND_GLOB));
    CHECK(pusherws::library_version() == PUSHER_VERSION);
}

void what_is_moved_and_what_is_copied()
{
    using namespace pusherws;
    static_assert(!std::is_copy_constructible_v<config> && std::is_nothrow_move_constructible_v<config>);
    static_assert(!std::is_copy_constructible_v<client> && std::is_nothrow_move_constructible_v<client>);
    static_assert(std::is_nothrow_move_assignable_v<client> && std::is_copy_constructible_v<client_ref>);
    static_assert(!std::is_copy_constructible_v<owned_event> && std::is_nothrow_move_constructible_v<owned_event>);
    static_assert(!std::is_copy_constructible_v<events> && !std::is_copy_constructible_v<members>);
    static_assert(!std::is_copy_constructible_v<request<>> && std::is_nothrow_move_constructible_v<request<>>);
    static_assert(!std::is_copy_constructible_v<queue> && !std::is_copy_constructible_v<metrics>);
    static_assert(std::is_trivially_copyable_v<event> && sizeof(event) == sizeof(void *));
    static_assert(std::is_nothrow_copy_constructible_v<error>, "an exception must not throw when it is copied");
    static_assert(!std::is_constructible_v<nothrow::client, const nothrow::config &>, "it could not say why not");
}

void results()
{
    pusherws::result<std::string> good(std::string("yes"));
    CHECK(good && good.has_value() && *good == "yes" && good->size() == 3 && good.status() == pusherws::status::ok);
    CHECK(std::move(good).value() == "yes");
    pusherws::result<std::string> bad(pusherws::error(pusherws::status::refused, "no", 4009));
    CHECK(!bad && bad.status() == pusherws::status::refused && bad.error().code() == 4009);
    CHECK(bad.error().message() == "no" && std::string_view(bad.error().what()) == "no (PUSHER_ERR_REFUSED)");
    // The error of a result that nobody keeps.
    const auto &of_a_value = pusherws::result<int>(bad.error()).error();
    const auto &of_nothing = pusherws::result<void>(bad.error()).error();
    CHECK(of_a_value.code() == 4009 && of_nothing.message() == "no");
    CHECK(std::move(bad).value_or("other") == "other");
    CHECK(caught([&] { static_cast<void>(bad.value()); }).code() == 4009);
    pusherws::result<void> nothing;
    CHECK(nothing && nothing.status() == pusherws::status::ok);
    nothing = pusherws::error(pusherws::status::timeout, "late");
    CHECK(!nothing && caught([&] { nothing.value(); }).message() == "late");
#if defined(__cpp_lib_expected)
    CHECK(!std::move(nothing).to_expected() && pusherws::result<int>(3).to_expected() == 3);
#endif
}

void a_setter_that_fails_throws()
{
    CHECK(caught([] { pusherws::config(""); }).status() == pusherws::status::argument);
    pusherws::config config("app-key");
    CHECK(config.native() != nullptr && config.problem() == nullptr);
    CHECK(caught([&] { config.port(0); }).message().find("port") != std::string_view::npos);
    CHECK(caught([&] { config.connect_timeout(100h); }).status() == pusherws::status::argument);
    CHECK(caught([&] { config.connect_timeout(std::chrono::milliseconds::max()); }).status() ==
          pusherws::status::argument);
    CHECK(caught([&] { config.connect_timeout(std::chrono::milliseconds::min()); }).status() ==
          pusherws::status::argument);
    CHECK(caught([&] { config.add_ca_file("/no/such/file"); }).status() == pusherws::status::argument);
    CHECK(caught([&] { pusherws::client made(config); }).message().find("cluster") != std::string_view::npos);
    pusherws::config other = std::move(config);
    CHECK(config.native() == nullptr && other.native() != nullptr);
    CHECK(caught([&] { config.port(80); }).status() == pusherws::status::handle);
}

void a_setter_that_fails_is_kept()
{
    pusherws::nothrow::config config("app-key");
    config.cluster("eu").port(-1).path("no slash").port(443);
    CHECK(config.problem() != nullptr);
    CHECK(config.problem()->message().find("port") != std::string_view::npos);
    const auto made = pusherws::nothrow::client::make(config);
    CHECK(!made && made.error().message() == config.problem()->message());
    pusherws::nothrow::config keyless("");
    CHECK(keyless.problem() != nullptr && keyless.native() == nullptr);
    CHECK(keyless.cluster("eu").problem()->status() == pusherws::status::argument);
    CHECK(!pusherws::nothrow::client::make(keyless));
}

void text_with_a_nul_inside_is_refused()
{
    using namespace std::string_view_literals;
    CHECK(caught([] { pusherws::config("app-key\0x"sv); }).message().find("NUL") != std::string_view::npos);
    pusherws::nothrow::config config("app-key");
    // Where NULL would be no user info, text that cannot be handed over is not NULL.
    config.cluster("eu").presence_user("ann", "{}\0"sv);
    CHECK(config.problem() != nullptr && config.problem()->message().find("user info") == 4);

    pusherws::client client(pusherws::config("app-key").cluster("eu"));
    CHECK(caught([&] { client.subscribe("news\0paper"sv); }).status() == pusherws::status::argument);
    CHECK(caught([&] { client.members("presence-\0a"sv); }).status() == pusherws::status::argument);
    CHECK(caught([&] { client.http().trigger({"a"sv, "b\0"sv}, "e", "{}"); }).status() == pusherws::status::argument);
    std::atomic<int> alive{0};
    CHECK(caught([&] {
              client.bind("a\0b"sv, std::nullopt, [held = tracked(alive)](const pusherws::event &) {});
          }).status() == pusherws::status::argument);
    CHECK(alive == 0);
    // Views need no NUL behind them, and may be longer than what is kept on the stack.
    const std::string line = "private-orders,created";
    client.subscribe(std::string_view(line).substr(0, 14));
    client.network_changed().get(patience); // what was asked for before it has been noted
    CHECK(client.channel_state("private-orders") == pusherws::channel_state::waiting);
    CHECK(client.channel_state("private-order") == pusherws::channel_state::none);
    // No text is not empty text, and NULL is no text.
    const char *null = nullptr;
    char letters[] = "a";
    char *changeable = letters;
    CHECK(!pusherws::optional_text() && !pusherws::optional_text(nullptr) && !pusherws::optional_text(null));
    CHECK(*pusherws::optional_text("") == "" && *pusherws::optional_text(changeable) == "a");
    CHECK(*pusherws::optional_text(std::string("ab")) == "ab" && *pusherws::optional_text("a\0b"sv) == "a\0b"sv);
    using pusherws::owned_text;
    for (const owned_text &none : {owned_text(), owned_text(nullptr), owned_text(null), owned_text(std::nullopt),
                                   owned_text(pusherws::optional_text())}) {
        CHECK(!none && !pusherws::optional_text(none));
    }
    pusherws::owned_text kept = changeable;
    const pusherws::owned_text other = pusherws::optional_text("");
    CHECK(*kept == "a" && other && *other == "" && *pusherws::owned_text("a\0b"sv) == "a\0b"sv);
    changeable[0] = 'b';
    CHECK(*kept == "a" && *pusherws::optional_text(kept) == "a");
    kept = std::string("ab");
    CHECK(*kept == "ab");
    client.bind(nullptr, null, [](const pusherws::event &) {});
    const auto long_name = caught([&] { client.subscribe(std::string(5000, 'x')); });
    CHECK(long_name.status() == pusherws::status::channel);
}

/* Each setter takes what is good: so each one calls the function that it should. */
template <class Flavour> void every_setter()
{
    pusherws::basic_config<Flavour> config("app-key");
    pusherws::basic_queue<Flavour> queue;
    config.cluster("eu").port(443).path("/realtime").client_name("test", "1.0.0").app_id("1").api_host("localhost", 8080);
    config.secret(SECRET).encryption_master_key(MASTER_KEY).presence_user("ann").presence_user("ann", "{}");
    config.user("{\"id\":\"1\"}").auth_endpoint("http://localhost/a").user_auth_endpoint("http://localhost/b");
    config.auth_json().auth_batches().auth_prepared().add_auth_header("X-A", "b").add_auth_param("a", "b");
    config.auth_timeout(1s).authorizer().authorizer(true).connect_timeout(1s).activity_timeout(1s).pong_timeout(1s);
    config.phase_timeout(pusherws::connect_phase::websocket, 1s).subscribe_timeout(1s).api_timeout(1s);
    config.backoff(1ms, 2ms).max_tries(3).retry_patience(1s).max_message_size(4096).publish_rate(5);
    config.publish_rate(5, pusherws::over_limit::keep_latest).publish_queue(5, 1s).presence_grace(0ms);
    config.limits(pusherws::limits::soketi).limits(pusherws::limits::pusher, true).custom_limits(100, 100, 0);
    config.delivery(pusherws::delivery::inline_).shared_queue(queue).queue_capacity(16);
    config.queue_policy(pusherws::queue_policy::drop_newest).network_threads(2).log_level(pusherws::log_level::debug);
    config.tls(true).tls_versions(pusherws::tls_version::tls_1_2, pusherws::tls_version::tls_1_3);
    config.add_ca_file(server_ca_file()).add_pinned_key("sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    config.insecure_skip_verify(false).proxy(std::nullopt).proxy("http://u:p@localhost:1", "example.com");
    config.add_header("X-A", "b").origin("https://example.com").bind_address("127.0.0.1").tcp_keepalive(1s);
    config.tcp_nodelay(false).add_host("localhost").add_host("localhost", 81);
    CHECK(config.problem() == nullptr);

    // And those that need something better tell what is wrong with this.
    pusherws::nothrow::config wrong("app-key");
    const auto complaint = [&](auto &&set) {
        pusherws::nothrow::config fresh("app-key");
        set(fresh);
        CHECK(fresh.problem() != nullptr);
        return std::string(fresh.problem()->message());
    };
    CHECK(complaint([](auto &c) { c.add_ca_pem("no PEM"); }) != "");
    CHECK(complaint([](auto &c) { c.client_certificate("no PEM", "nor this"); }) != "");
    CHECK(complaint([](auto &c) { c.client_certificate_files("/no/such", "/file"); }).find("/no/such") != std::string::npos);
    CHECK(complaint([](auto &c) { c.delivery(static_cast<pusherws::delivery>(9)); }).find("delivery") != std::string::npos);
}

void names_by_kind()
{
    CHECK(pusherws::channel_name(pusherws::channel_kind::presence_cache, "room") == "presence-cache-room");
    CHECK(caught([] { pusherws::channel_name(pusherws::channel_kind::public_, "private-x"); }).status() ==
          pusherws::status::channel);
    CHECK(!pusherws::nothrow::channel_name(pusherws::channel_kind::public_, ""));
}

} // namespace

const test basics_tests[] = {
    {"numbers_have_names", numbers_have_names},
    {"what_is_moved_and_what_is_copied", what_is_moved_and_what_is_copied},
    {"results", results},
    {"a_setter_that_fails_throws", a_setter_that_fails_throws},
    {"a_setter_that_fails_is_kept", a_setter_that_fails_is_kept},
    {"text_with_a_nul_inside_is_refused", text_with_a_nul_inside_is_refused},
    {"every_setter", every_setter<throwing>},
    {"every_setter_nothrow", every_setter<returning>},
    {"names_by_kind", names_by_kind},
    {nullptr, nullptr},
};
