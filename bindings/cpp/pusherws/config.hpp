/**
 * Options for clients.
 */
#ifndef PUSHERWS_CONFIG_HPP
#define PUSHERWS_CONFIG_HPP

#include "queue.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/**
 * Options for clients: make one, set options, make any number of clients from it.
 *
 *     pusherws::config config("app-key");
 *     config.cluster("eu").secret("app-secret").presence_user("ann");
 *
 * A setter that fails throws, and changes nothing. In the flavour that does not throw, the first failure is kept:
 * `problem` tells it, and so does making a client. Setting an option later does not change clients that exist.
 *
 * Move-only. Functions on one config must not run on two threads at the same time.
 */
template <class Flavour> class basic_config {
public:
    template <class T> using outcome = typename Flavour::template outcome<T>;

    /** @param key  the application's key, as the dashboard or the server's configuration shows it */
    explicit basic_config(std::string_view key)
    {
        if (pusher_abi_version() != PUSHER_ABI_VERSION) {
            fail({status::unsupported, "the library's binary interface is not the one that this program was compiled "
                                       "for; install the one that belongs to pusherws.h " PUSHER_VERSION});
            return;
        }
        detail::texts in;
        const char *text = in("the key", key);
        if (in.bad() != nullptr) {
            fail(detail::nul_inside(in.bad()));
            return;
        }
        handle_.reset(pusher_config_new(text));
        if (handle_ == nullptr) {
            fail(error::last(PUSHER_ERR_ARGUMENT));
        }
    }

    /** The first failure of a setter, in the flavour that does not throw; NULL where there was none. */
    const error *problem() const noexcept { return problem_ ? &*problem_ : nullptr; }

    /* Where to ---------------------------------------------------------------------------------------------- */

    /** One of Pusher's own clusters: "eu" is ws-eu.pusher.com. Either this or a host. */
    basic_config &cluster(std::string_view name)
    {
        detail::texts in;
        return set(in, pusher_config_set_cluster, in("the cluster", name));
    }
    /** A server of your own: a host name or an IP address, without scheme, port and path. */
    basic_config &host(std::string_view name)
    {
        detail::texts in;
        return set(in, pusher_config_set_host, in("the host", name));
    }
    /** 1 to 65535. Default: 443 with TLS, 80 without. */
    basic_config &port(int number) { return set({}, pusher_config_set_port, number); }
    /** A path that goes before /app/KEY, for servers behind a reverse proxy. Default: none. */
    basic_config &path(std::string_view prefix)
    {
        detail::texts in;
        return set(in, pusher_config_set_path, in("the path", prefix));
    }
    /** Another host, tried when those before it cannot be reached; up to 15. Port 0 is the first host's. */
    basic_config &add_host(std::string_view name, int port_number = 0)
    {
        detail::texts in;
        return set(in, pusher_config_add_host, in("the host", name), port_number);
    }
    /** What the client calls itself in the URL. Default: "pusherws" and its version. */
    basic_config &client_name(std::string_view name, std::string_view version)
    {
        detail::texts in;
        return set(in, pusher_config_set_client_name, in("the name", name), in("the version", version));
    }
    /** The application's id, which the HTTP API needs beside the secret. */
    basic_config &app_id(std::string_view id)
    {
        detail::texts in;
        return set(in, pusher_config_set_app_id, in("the app id", id));
    }
    /** The HTTP API's host, where it is not the usual one. Port 0 is 443 with TLS, and 80 without. */
    basic_config &api_host(std::string_view name, int port_number = 0)
    {
        detail::texts in;
        return set(in, pusher_config_set_api_host, in("the host", name), port_number);
    }

    /* Who --------------------------------------------------------------------------------------------------- */

    /** The application's secret: the client authorises its channels itself. Never logged. */
    basic_config &secret(std::string_view text)
    {
        detail::texts in;
        return set(in, pusher_config_set_secret, in("the secret", text));
    }
    /** The key, as base64 of 32 bytes, of which the keys of encrypted channels are made. Never logged. */
    basic_config &encryption_master_key(std::string_view base64)
    {
        detail::texts in;
        return set(in, pusher_config_set_encryption_master_key, in("the master key", base64));
    }
    /** The user that presence channels are subscribed as; the info is JSON for the other members. */
    basic_config &presence_user(std::string_view user_id, optional_text user_info = {})
    {
        detail::texts in;
        return set(in, pusher_config_set_presence_user, in("the user id", user_id), in("the user info", user_info));
    }
    /** The user to sign in as, where the secret is set: JSON with an id. */
    basic_config &user(std::string_view user_data)
    {
        detail::texts in;
        return set(in, pusher_config_set_user, in("the user", user_data));
    }
    /** Your application's HTTP endpoint that authorises private and presence channels. */
    basic_config &auth_endpoint(std::string_view url)
    {
        detail::texts in;
        return set(in, pusher_config_set_auth_endpoint, in("the endpoint", url));
    }
    /** Your application's HTTP endpoint that authorises sign-ins. */
    basic_config &user_auth_endpoint(std::string_view url)
    {
        detail::texts in;
        return set(in, pusher_config_set_user_auth_endpoint, in("the endpoint", url));
    }
    /** Sends the endpoints a JSON body instead of a form. Default: a form. */
    basic_config &auth_json(bool json = true) { return set({}, pusher_config_set_auth_json, number(json)); }
    /** Asks the endpoint for many channels in one request. Default: one by one. */
    basic_config &auth_batches(bool on = true) { return set({}, pusher_config_set_auth_batches, number(on)); }
    /** Asks you, by `event_kind::prepare_authorization`, before each request to an endpoint. Default: off. */
    basic_config &auth_prepared(bool on = true) { return set({}, pusher_config_set_auth_prepared, number(on)); }
    /** A header of every request to the endpoints. Never logged. */
    basic_config &add_auth_header(std::string_view name, std::string_view value)
    {
        detail::texts in;
        return set(in, pusher_config_add_auth_header, in("the header", name), in("the value", value));
    }
    /** A parameter in the body of every request to the endpoints. */
    basic_config &add_auth_param(std::string_view name, std::string_view value)
    {
        detail::texts in;
        return set(in, pusher_config_add_auth_param, in("the parameter", name), in("the value", value));
    }
    /** How long an authorisation may take. Default: 10 s for an endpoint, 30 s for your own answer. */
    basic_config &auth_timeout(milliseconds time) { return set({}, pusher_config_set_auth_timeout, detail::c_time(time)); }
    /** Asks you to authorise, by `event_kind::authorize` and `event_kind::authorize_user`. */
    basic_config &authorizer(bool batches = false) { return set({}, pusher_config_set_authorizer, number(batches)); }

    /* Times and limits -------------------------------------------------------------------------------------- */

    /** How long a try to connect may take as a whole. Default: 20 s. */
    basic_config &connect_timeout(milliseconds time)
    {
        return set({}, pusher_config_set_connect_timeout, detail::c_time(time));
    }
    /** How long one step of connecting may take. Default: 10 s each. */
    basic_config &phase_timeout(connect_phase phase, milliseconds time)
    {
        return set({}, pusher_config_set_phase_timeout, number(phase), detail::c_time(time));
    }
    /** After how long a silence the server is pinged. Default: 120 s, or what the server asks for. */
    basic_config &activity_timeout(milliseconds time)
    {
        return set({}, pusher_config_set_activity_timeout, detail::c_time(time));
    }
    /** How long the answer to a ping may take. Default: 30 s. */
    basic_config &pong_timeout(milliseconds time) { return set({}, pusher_config_set_pong_timeout, detail::c_time(time)); }
    /** How long the server may take to answer a subscription. Default: 20 s. */
    basic_config &subscribe_timeout(milliseconds time)
    {
        return set({}, pusher_config_set_subscribe_timeout, detail::c_time(time));
    }
    /** How long a call of the HTTP API may take. Default: 30 s. */
    basic_config &api_timeout(milliseconds time) { return set({}, pusher_config_set_api_timeout, detail::c_time(time)); }
    /** The bounds of the random delays between tries. Default: 1 s, doubled up to 30 s. */
    basic_config &backoff(milliseconds first, milliseconds longest)
    {
        return set({}, pusher_config_set_backoff, detail::c_time(first), detail::c_time(longest));
    }
    /** After how many failed tries in a row the client gives up. Default: 0, never. */
    basic_config &max_tries(std::uint32_t tries) { return set({}, pusher_config_set_max_tries, tries); }
    /** Lets you decide about each try within this time, with `retry`. Default: 0, tries begin by themselves. */
    basic_config &retry_patience(milliseconds time)
    {
        return set({}, pusher_config_set_retry_patience, detail::c_time(time));
    }
    /** The largest message that is accepted, in bytes. Default: 4 MiB. */
    basic_config &max_message_size(std::size_t bytes) { return set({}, pusher_config_set_max_message_size, bytes); }
    /** How many client events may be published in a second, 0 without limit, and what happens to more. Default: 10. */
    basic_config &publish_rate(std::uint32_t per_second, over_limit beyond = over_limit::wait)
    {
        return set({}, pusher_config_set_publish_rate, per_second, number(beyond));
    }
    /** How many client events may wait for their turn, and for how long. Default: 1000 and 30 s. */
    basic_config &publish_queue(std::size_t count, milliseconds time_to_live)
    {
        return set({}, pusher_config_set_publish_queue, count, detail::c_time(time_to_live));
    }
    /** How long members who are missing after a reconnect may take to come back. Default: 3 s. */
    basic_config &presence_grace(milliseconds time)
    {
        return set({}, pusher_config_set_presence_grace, detail::c_time(time));
    }
    /** Whose limits names and data are checked by. Default: common, and strict about the letters of names. */
    basic_config &limits(pusherws::limits profile, bool lenient = false)
    {
        return set({}, pusher_config_set_limits, number(profile), number(lenient));
    }
    /** Limits of your own, in bytes; 0 for the data leaves it to the server. */
    basic_config &custom_limits(std::size_t channel_name, std::size_t event_name, std::size_t event_data,
                                bool lenient = false)
    {
        return set({}, pusher_config_set_custom_limits, channel_name, event_name, event_data, number(lenient));
    }

    /* Delivery ---------------------------------------------------------------------------------------------- */

    /** On which thread handlers run. Default: `delivery::thread`. */
    basic_config &delivery(pusherws::delivery where)
    {
        if (set({}, pusher_config_set_delivery, number(where)).last_ok_) {
            polls_ = where == pusherws::delivery::poll;
            shared_.reset();
        }
        return *this;
    }
    /** A queue that clients share, where their events are asked for. It has to live as long as the clients. */
    basic_config &shared_queue(basic_queue<Flavour> &queue)
    {
        if (set({}, pusher_config_set_shared_queue, queue.native()).last_ok_) {
            polls_ = true;
            shared_ = queue.clients_;
        }
        return *this;
    }
    /** How many events may wait for the handlers before reading stops. Default: 8192. */
    basic_config &queue_capacity(std::size_t count) { return set({}, pusher_config_set_queue_capacity, count); }
    /** What happens to messages when so many wait. Default: reading stops, and nothing is lost. */
    basic_config &queue_policy(pusherws::queue_policy policy)
    {
        return set({}, pusher_config_set_queue_policy, number(policy));
    }
    /** Among how many network threads the clients are spread. Default: 1. */
    basic_config &network_threads(std::uint32_t count) { return set({}, pusher_config_set_network_threads, count); }
    /** How much is told by events named "pusher:log", to handlers that ask for this very name. Default: off. */
    basic_config &log_level(pusherws::log_level level) { return set({}, pusher_config_set_log_level, number(level)); }

    /* The network ------------------------------------------------------------------------------------------- */

    /** Switches TLS on or off. Default: on. */
    basic_config &tls(bool on) { return set({}, pusher_config_set_tls, number(on)); }
    /** The oldest and the newest version of TLS that are spoken. Default: 1.2 to 1.3. */
    basic_config &tls_versions(tls_version oldest, tls_version newest)
    {
        return set({}, pusher_config_set_tls_versions, number(oldest), number(newest));
    }
    /** Trusts the authorities of a PEM file, beside the platform's. The file is read now. */
    basic_config &add_ca_file(std::string_view file)
    {
        detail::texts in;
        return set(in, pusher_config_add_ca_file, in("the path", file));
    }
    /** Trusts the authorities of a PEM text, beside the platform's. */
    basic_config &add_ca_pem(std::string_view pem)
    {
        detail::texts in;
        return set(in, pusher_config_add_ca_pem, in("the certificate", pem));
    }
    /** The certificate and its key, in PEM, for servers that ask for one. Never logged. */
    basic_config &client_certificate(std::string_view chain_pem, std::string_view key_pem)
    {
        detail::texts in;
        return set(in, pusher_config_set_client_certificate, in("the certificate", chain_pem), in("the key", key_pem));
    }
    /** The same from two files, which are read now. */
    basic_config &client_certificate_files(std::string_view chain_file, std::string_view key_file)
    {
        detail::texts in;
        return set(in, pusher_config_set_client_certificate_files, in("the path", chain_file), in("the path", key_file));
    }
    /** Pins a public key: "sha256/" and base64. */
    basic_config &add_pinned_key(std::string_view key)
    {
        detail::texts in;
        return set(in, pusher_config_add_pinned_key, in("the key", key));
    }
    /** INSECURE: accepts any certificate. For experiments. Default: off. */
    basic_config &insecure_skip_verify(bool skip)
    {
        return set({}, pusher_config_set_insecure_skip_verify, number(skip));
    }
    /** Goes through a proxy; `std::nullopt` for none, whatever the environment says. Never logs the password. */
    basic_config &proxy(optional_text url, optional_text except = {})
    {
        detail::texts in;
        return set(in, pusher_config_set_proxy, in("the proxy", url), in("the exceptions", except));
    }
    /** A header of the WebSocket's opening handshake. Never logged. */
    basic_config &add_header(std::string_view name, std::string_view value)
    {
        detail::texts in;
        return set(in, pusher_config_add_header, in("the header", name), in("the value", value));
    }
    /** The Origin of the opening handshake. Default: none. */
    basic_config &origin(std::string_view text)
    {
        detail::texts in;
        return set(in, pusher_config_set_origin, in("the origin", text));
    }
    /** Connects from one of the machine's addresses; call it twice for one of each family. */
    basic_config &bind_address(std::string_view address)
    {
        detail::texts in;
        return set(in, pusher_config_set_bind_address, in("the address", address));
    }
    /** After how long a silence TCP itself asks; 0 for never. Default: 60 s. */
    basic_config &tcp_keepalive(milliseconds idle) { return set({}, pusher_config_set_tcp_keepalive, detail::c_time(idle)); }
    /** Sends small frames at once. Default: on. */
    basic_config &tcp_nodelay(bool on) { return set({}, pusher_config_set_tcp_nodelay, number(on)); }

    /** The same for the C API; still owned by this. NULL where the key was not valid. */
    pusher_config *native() const noexcept { return handle_.get(); }

private:
    template <class Other> friend class basic_client;

    template <class Number> static std::int32_t number(Number value) noexcept
    {
        return static_cast<std::int32_t>(value);
    }

    template <class... Wanted, class... Given>
    basic_config &set(const detail::texts &in, std::int32_t (*function)(pusher_config *, Wanted...), Given... arguments)
    {
        last_ok_ = false;
        const result<void> made = detail::call(in, function, handle_.get(), arguments...);
        if (made) {
            last_ok_ = true;
        } else {
            fail(made.error());
        }
        return *this;
    }

    void fail(const error &why)
    {
        if constexpr (Flavour::throws) {
            detail::no_value(why);
        } else if (!problem_) {
            problem_ = why;
        }
    }

    detail::owned<pusher_config> handle_;
    std::optional<error> problem_;
    std::shared_ptr<detail::queue_clients> shared_;
    bool polls_ = false;
    bool last_ok_ = false;
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
