/*
 * Authorisation, the HTTP API, and programs that are servers themselves.
 */
#include "testing.hpp"

#include <array>
#include <map>

namespace {

using pusherws::status;
using pusherws::throwing;

/* Takes the text behind `"name":"` out of JSON whose strings need no unescaping. */
std::string text_of(const std::string &json, const std::string &name)
{
    const auto start = json.find("\"" + name + "\":\"");
    CHECK(start != std::string::npos);
    const auto from = start + name.size() + 4;
    return json.substr(from, json.find('"', from) - from);
}

pusherws::signer signer()
{
    return pusherws::signer(config_of<throwing>("ann"));
}

void signing()
{
    const pusherws::signer sign = signer();
    const std::string answer = sign.authorize_channel("1.2", "private-x");
    CHECK(text_of(answer, "auth").compare(0, 8, "app-key:") == 0);
    CHECK(sign.authorize_channel("1.2", "private-encrypted-x").find("shared_secret") != std::string::npos);
    CHECK(sign.authorize_channel("1.2", "presence-x", "{\"user_id\":\"7\"}").find("channel_data") != std::string::npos);
    CHECK(sign.authorize_user("1.2", "{\"id\":\"7\"}").find("user_data") != std::string::npos);
    // Longer than any guess.
    const std::string long_user = "{\"user_id\":\"7\",\"user_info\":\"" + std::string(3000, 'x') + "\"}";
    CHECK(sign.authorize_channel("1.2", "presence-x", long_user).size() > 3000);
    CHECK(sign.encrypt("private-encrypted-x", "{}").find("ciphertext") != std::string::npos);
    CHECK(sign.encrypt("private-encrypted-x", std::string(5000, 'x')).size() > 6600);
    // HMAC-SHA256 of this body with the key "app-secret", as openssl makes it.
    const char *body = "{\"time_ms\":1}";
    const std::string signature = "32b158be654d72030ba6950977e8956616155f41cce7d4a812ea4413da5c8f15";
    CHECK(sign.verify_webhook("app-key", signature, body) && !sign.verify_webhook("app-key", signature, "{}"));
    try {
        sign.authorize_channel("not a socket id", "private-x");
        FAIL("that is no socket id");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::argument);
    }
    pusherws::nothrow::config nothing("");
    const pusherws::nothrow::signer none(std::move(nothing));
    CHECK(none.authorize_user("1.2", "{}").status() == status::argument);
}

void the_program_authorises()
{
    pusherws::config config("app-key");
    config.host("127.0.0.1").port(server_port()).tls(false).authorizer();
    pusherws::client client(config);
    const auto ref = client.ref();
    const auto sign = std::make_shared<pusherws::signer>(signer());
    client.bind(std::nullopt, "pusher:authorize", [ref, sign](const pusherws::event &event) {
        CHECK(event.kind() == pusherws::event_kind::authorize && !event.socket_id().empty());
        if (event.channel() == "private-no") {
            ref.refuse(event.request(), "not for you");
            return;
        }
        pusherws::optional_text user;
        if (event.channel().substr(0, 9) == "presence-") {
            user = "{\"user_id\":\"7\"}";
        }
        const std::string answer = sign->authorize_channel(event.socket_id(), event.channel(), user);
        ref.authorize(event.request(), std::nullopt, text_of(answer, "auth"), user,
                      event.channel().substr(0, 18) == "private-encrypted-" ? pusherws::optional_text(MASTER_KEY)
                                                                            : std::nullopt);
    });
    client.bind(std::nullopt, "pusher:authorize_user", [ref, sign](const pusherws::event &event) {
        const std::string user = "{\"id\":\"7\"}";
        ref.authorize_user(event.request(), text_of(sign->authorize_user(event.socket_id(), user), "auth"), user);
    });
    client.connect();
    client.subscribe("private-x").get(patience);
    client.subscribe("presence-x").get(patience);
    client.subscribe("private-encrypted-x").get(patience);
    CHECK(client.members("presence-x").me()->user_id() == "7");
    client.sign_in().get(patience);
    try {
        client.subscribe("private-no").get(patience);
        FAIL("it was refused");
    } catch (const pusherws::error &error) {
        CHECK(error.status() == status::auth && error.message().find("not for you") != std::string_view::npos);
    }
    const std::string answer = sign->authorize_channel(client.socket_id(), "private-ready");
    client.subscribe_with_auth("private-ready", text_of(answer, "auth")).get(patience);
}

void the_endpoint_is_prepared()
{
    fresh_server();
    order("auth", "{\"required_header\":[\"X-Token\",\"fresh\"],\"required_param\":[\"p\",\"v\"]}");
    pusherws::config config("app-key");
    config.host("127.0.0.1").port(server_port()).tls(false).auth_prepared();
    config.auth_endpoint("http://127.0.0.1:" + std::to_string(server_port()) + "/pusher/auth");
    pusherws::client client(config);
    const auto ref = client.ref();
    client.bind(std::nullopt, "pusher:prepare_authorization", [ref](const pusherws::event &event) {
        if (event.value() == 0) { // the first time with an old token, and without a parameter
            ref.prepare(event.request(), {{"X-Token", "old"}});
        } else {
            const std::map<std::string, std::string> params{{"p", "v"}};
            ref.prepare(event.request(), {{"X-Token", "fresh"}}, params);
        }
    });
    client.connect();
    client.subscribe("private-x").get(patience);
    order("auth", "{}");
}

void the_http_api()
{
    fresh_server();
    pusherws::client client(config_of<throwing>("ann"));
    counter came;
    client.bind(std::nullopt, "e", [&](const pusherws::event &event) {
        CHECK(event.data() == "{}");
        came.add();
    });
    client.connect();
    client.subscribe("news").get(patience);
    client.subscribe("presence-room").get(patience);
    client.subscribe("private-encrypted-x").get(patience);
    client.sign_in().get(patience);
    const pusherws::http http = client.http();
    http.trigger("news", "e", "{}").get(patience);
    http.trigger({"news", "presence-room"}, "e", "{}", {std::nullopt, "subscription_count"}).get(patience);
    http.trigger(std::vector<std::string>{"news"}, "e", "{}").get(patience);
    http.trigger("private-encrypted-x", "e", "{}").get(patience);
    http.trigger(std::array<const char *, 1>{"news"}, "e", "{}", {client.socket_id()}).get(patience); // not to me
    pusherws::batch batch;
    batch.add("news", "e", "{}");
    batch.add("news", "e", "{}", {client.socket_id()});
    http.trigger(batch).get(patience);
    CHECK(batch.native() != nullptr);
    // What is said about an event may be text that ends before it.
    pusherws::trigger_options not_to_me;
    not_to_me.socket_id = client.socket_id();
    not_to_me.info = std::string("subscription_count");
    CHECK(*not_to_me.socket_id == client.socket_id() && *not_to_me.info == "subscription_count");
    http.trigger("news", "e", "{}", not_to_me).get(patience);
    http.send_to_user("ann", "e", "{}").get(patience);
    CHECK(came.reaches(7));
    CHECK(http.channels().get(patience).find("presence-room") != std::string::npos);
    CHECK(http.channels("presence-", "user_count").get(patience).find("user_count") != std::string::npos);
    CHECK(http.channel("news", "subscription_count").get(patience).find("occupied") != std::string::npos);
    CHECK(http.users("presence-room").get(patience).find("\"ann\"") != std::string::npos);
    std::string answer;
    counter done;
    http.channel("news").then([&](pusherws::result<std::string> how) {
        answer = *std::move(how);
        done.add();
    });
    CHECK(done.reaches(1) && answer.find("occupied") != std::string::npos);
    counter gone;
    client.bind(std::nullopt, "pusher:error", [&](const pusherws::event &) { gone.add(); });
    http.terminate_user("ann").get(patience);
    CHECK(gone.reaches(1) && came.get() == 7);

    auto without = pusherws::nothrow::client::make(pusherws::nothrow::config("app-key").host("127.0.0.1"));
    CHECK(without->http().channels().get().status() == status::auth);
}

void the_program_decides_about_tries()
{
    auto config = config_of<throwing>("ann");
    config.retry_patience(60s);
    pusherws::client client(config);
    const auto ref = client.ref();
    counter planned;
    client.bind(std::nullopt, "pusher:state_change", [&, ref](const pusherws::event &event) {
        if (event.retry_in()) {
            planned.add();
            planned.get() == 1 ? ref.retry(0ms) : ref.give_up();
        }
    });
    client.connect().get(patience);
    order("faults", "{\"fault\":\"refuse_upgrade\",\"status\":503,\"times\":2}");
    order("drop", "{\"how\":\"fin\"}");
    CHECK(planned.reaches(2));
    CHECK(client.close(patience));
    const auto state = client.metrics();
    CHECK(state.failed_tries(pusherws::cause::refused) >= 1 && state.losses(pusherws::cause::network) == 1);
    fresh_server();
}

} // namespace

const test server_tests[] = {
    {"signing", signing},
    {"the_program_authorises", the_program_authorises},
    {"the_endpoint_is_prepared", the_endpoint_is_prepared},
    {"the_http_api", the_http_api},
    {"the_program_decides_about_tries", the_program_decides_about_tries},
    {nullptr, nullptr},
};
