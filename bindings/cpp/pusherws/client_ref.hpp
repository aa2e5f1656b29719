/**
 * What can be done with a client, whoever owns it.
 */
#ifndef PUSHERWS_CLIENT_REF_HPP
#define PUSHERWS_CLIENT_REF_HPP

#include "http.hpp"
#include "lists.hpp"
#include "metrics.hpp"
#include "queue.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/**
 * A client that somebody else owns. May be copied, kept, and used after the client is gone: then all of its
 * functions fail with `status::handle`. So it is what handlers should capture.
 *
 * Any function may be called on any thread, and in any handler. Those that give a request return at once.
 */
template <class Flavour> class basic_client_ref : public detail::client_core<Flavour> {
    using core = detail::client_core<Flavour>;

public:
    template <class T> using outcome = typename Flavour::template outcome<T>;
    /** A request that gives nothing but its end. */
    using request = basic_request<Flavour, void>;

    /** Nobody's: all of its functions fail with `status::handle`. */
    basic_client_ref() noexcept = default;

    /* The connection ---------------------------------------------------------------------------------------- */

    /** Connects, and stays connected. Done when the server has given a socket id; a network that is down is tried again. */
    request connect() const { return core::template start<void>({}, pusher_client_connect); }
    /** Disconnects. What is subscribed stays wanted, and is subscribed again by the next connect. */
    request disconnect() const { return core::template start<void>({}, pusher_client_disconnect); }
    /** Sends a ping; gives the round trip. Not needed to keep a connection alive. */
    basic_request<Flavour, std::chrono::microseconds> ping() const
    {
        return core::template start<std::chrono::microseconds>({}, pusher_client_ping);
    }
    /** Decides about the try that is being waited for: it begins in so much time. See `retry_patience`. */
    request retry(milliseconds delay) const
    {
        return core::template start<void>({}, pusher_client_retry, detail::c_time(delay));
    }
    /** Decides against another try: the state is then `connection_state::failed`. */
    request give_up() const { return retry(milliseconds(-1)); }
    /** Tells the client that the machine has another network now. */
    request network_changed() const { return core::template start<void>({}, pusher_client_network_changed); }

    /** The state of the connection. */
    outcome<connection_state> state() const
    {
        return core::template ask_number<connection_state>({}, pusher_client_state);
    }
    /** The server's name for this connection; `status::not_connected` where there is none. */
    outcome<std::string> socket_id() const
    {
        return text(70, [&](char *buffer, std::size_t capacity, std::size_t *length) {
            return pusher_client_socket_id(this->client_, buffer, capacity, length);
        });
    }

    /**
     * Closes politely: sends what has been given to the connection, says goodbye, completes everything else as
     * `status::cancelled` (calls of the HTTP API under way, too: get those that matter before), and waits until the handlers have had all events; with `delivery::poll` ask until
     * `closed`. Where it is closed, threads that are blocked for a request are told, also where nobody asks.
     *
     * @param timeout  how long to wait at most; 0 waits for nothing
     * @return false where it takes longer, and goes on: nobody is told before events are asked for, it is closed
     *         again in time, or it is freed
     */
    outcome<bool> close(milliseconds timeout) const
    {
        const std::int32_t status = pusher_client_close(this->client_, detail::c_time(timeout));
        if (status < 0 && status != PUSHER_ERR_TIMEOUT) {
            return Flavour::give(result<bool>(error::last(status)));
        }
        if (status == PUSHER_OK && this->table_ != nullptr && this->table_->polls()) {
            this->table_->settle(this->client_);
        }
        return Flavour::give(result<bool>(status == PUSHER_OK));
    }

    /* Channels ---------------------------------------------------------------------------------------------- */

    /**
     * Subscribes to a channel, now and after every reconnect, until you unsubscribe. Done when the server has
     * confirmed; while there is no connection it waits for one.
     *
     * @param channel       the whole name, such as "private-orders"
     * @param channel_data  for a presence channel: the user as JSON; without, the config's
     */
    request subscribe(std::string_view channel, optional_text channel_data = {}) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        const char *data = in("the channel data", channel_data);
        return core::template start<void>(in, pusher_client_subscribe, name, data);
    }
    /** The same by kind and bare name: `channel_kind::private_` and "orders" is "private-orders". */
    request subscribe(channel_kind kind, std::string_view bare_name, optional_text channel_data = {}) const
    {
        detail::texts in;
        const char *name = in("the name", bare_name);
        const char *data = in("the channel data", channel_data);
        return core::template start<void>(in, pusher_client_subscribe_kind, static_cast<std::int32_t>(kind), name, data);
    }
    /** Subscribes with a ready-made permission, which is good for the present connection only. */
    request subscribe_with_auth(std::string_view channel, std::string_view auth, optional_text channel_data = {},
                                optional_text shared_secret = {}) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        const char *permission = in("the auth", auth);
        const char *data = in("the channel data", channel_data);
        const char *secret = in("the shared secret", shared_secret);
        return core::template start<void>(in, pusher_client_subscribe_with_auth, name, permission, data, secret);
    }
    /** Unsubscribes. No event of the channel comes after this is done. */
    request unsubscribe(std::string_view channel) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        return core::template start<void>(in, pusher_client_unsubscribe, name);
    }
    /** Unsubscribes from all channels. */
    request unsubscribe_all() const { return core::template start<void>({}, pusher_client_unsubscribe_all); }

    /**
     * Publishes a client event on a private or presence channel. Done when it has been handed to the connection.
     *
     * @param channel  the whole name
     * @param event    the event's name; "client-" is put before it where it is missing
     * @param data     UTF-8 text: a JSON object or array is sent as such, anything else as a JSON string
     */
    request publish(std::string_view channel, std::string_view event, std::string_view data) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        const char *what = in("the event", event);
        return core::template start<void>(in, pusher_client_publish, name, what, data.data(), data.size());
    }
    /** The same without a request: it allocates nothing here, and only the completed event tells its end. */
    outcome<void> publish_detached(std::string_view channel, std::string_view event, std::string_view data) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        const char *what = in("the event", event);
        pusher_request *nobody = nullptr;
        return core::ask(in, pusher_client_publish, name, what, data.data(), data.size(), nobody);
    }
    /** Signs the user in, now and after every reconnect. */
    request sign_in() const { return core::template start<void>({}, pusher_client_sign_in); }

    /** How far the subscription of a channel is. */
    outcome<pusherws::channel_state> channel_state(std::string_view channel) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        return core::template ask_number<pusherws::channel_state>(in, pusher_client_channel_state, name);
    }
    /** The channels that are wanted, as of now. */
    outcome<pusherws::channels> channels() const
    {
        return core::template ask_list<pusherws::channels, pusher_channels>({}, pusher_client_channels);
    }
    /** The members of a presence channel as of now; `status::not_subscribed` where it is not subscribed yet. */
    outcome<pusherws::members> members(std::string_view channel) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        return core::template ask_list<pusherws::members, pusher_members>(in, pusher_client_members, name);
    }

    /* Handlers ---------------------------------------------------------------------------------------------- */

    /**
     * Has a function called for every event of a channel and with a name. Handlers run one at a time, in the order
     * in which they were bound, where `delivery` says. What one throws goes to `on_handler_failure`.
     *
     * @param channel  a whole name, or with `bind_flags::glob` a pattern; `std::nullopt` for any, and for events
     *                 without a channel
     * @param event    a name or a pattern; `std::nullopt` for any
     * @param handler  called with a const pusherws::event &; need not be copyable. It ends after its last call, or
     *                 here, where binding fails
     * @return a number for `unbind`
     */
    template <class Handler>
    outcome<pusher_binding> bind(optional_text channel, optional_text event, Handler &&handler,
                                 bind_flags flags = bind_flags::none) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        const char *what = in("the event", event);
        const pusher_callback callback = detail::make_callback(std::forward<Handler>(handler));
        if (in.bad() != nullptr) {
            callback.drop(callback.user_data);
        }
        pusher_binding number = 0;
        const result<void> made = flags == bind_flags::none
                                      ? detail::call(in, pusher_client_bind, this->client_, name, what, &callback, &number)
                                      : detail::call(in, pusher_client_bind_with, this->client_, name, what,
                                                     static_cast<std::int32_t>(flags), &callback, &number);
        return Flavour::give(made ? result<pusher_binding>(number) : result<pusher_binding>(made.error()));
    }
    /** For every event. */
    template <class Handler> outcome<pusher_binding> bind(Handler &&handler) const
    {
        return bind(std::nullopt, std::nullopt, std::forward<Handler>(handler));
    }
    /** Undoes a bind. One call may just be under way on another thread; the handler ends when that is over. */
    outcome<void> unbind(pusher_binding binding) const { return core::ask({}, pusher_client_unbind, binding); }

    /* Authorising ------------------------------------------------------------------------------------------- */

    /**
     * Answers an event of kind `authorize`, at once or later, on any thread.
     *
     * @param number   the event's `request`
     * @param channel  which channel of a batch; `std::nullopt` where the event was for one
     * @param auth     "KEY:SIGNATURE", made for the event's socket id
     */
    outcome<void> authorize(pusher_request number, optional_text channel, std::string_view auth,
                            optional_text channel_data = {}, optional_text shared_secret = {}) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        const char *permission = in("the auth", auth);
        const char *data = in("the channel data", channel_data);
        const char *secret = in("the shared secret", shared_secret);
        return core::ask(in, pusher_client_authorize, number, name, permission, data, secret);
    }
    /** Answers an event of kind `authorize_user`; the user data is the signed user, byte for byte. */
    outcome<void> authorize_user(pusher_request number, std::string_view auth, std::string_view user_data) const
    {
        detail::texts in;
        const char *permission = in("the auth", auth);
        const char *user = in("the user data", user_data);
        return core::ask(in, pusher_client_authorize_user, number, permission, user);
    }
    /** Refuses what one of these, or an event of kind `prepare_authorization`, asks for. */
    outcome<void> refuse(pusher_request number, optional_text reason = {}) const
    {
        detail::texts in;
        const char *why = in("the reason", reason);
        return core::ask(in, pusher_client_refuse, number, why);
    }
    /**
     * Answers an event of kind `prepare_authorization`: headers and parameters for this one request, as lists in
     * braces, or anything to go through that has pairs of text in it.
     */
    template <class Headers = std::initializer_list<std::pair<std::string_view, std::string_view>>,
              class Params = std::initializer_list<std::pair<std::string_view, std::string_view>>>
    outcome<void> prepare(pusher_request number, const Headers &headers, const Params &params = {}) const
    {
        detail::texts in;
        const auto header_list = pairs(in, headers);
        const auto param_list = pairs(in, params);
        return core::ask(in, pusher_client_prepare, number, header_list.data(), param_list.data());
    }

    /* Asking for events ------------------------------------------------------------------------------------- */

    /**
     * With `delivery::poll`: calls the handlers for events that wait, on this thread.
     *
     * @param timeout  how long to wait for the first; 0 only looks; `no_timeout` waits without end
     * @param most     at most so many; 0 all that wait
     * @return how many events there were; nothing where there was none
     */
    outcome<polled<std::uint32_t>> dispatch(milliseconds timeout = milliseconds(0), std::uint32_t most = 0) const
    {
        return Flavour::give(asked([&] { return detail::dispatch(pusher_client_dispatch, this->client_, timeout, most); }));
    }
    /** Dispatches until a request is done, or the time is over, or everything is told; says whether it is done. */
    template <class T> outcome<bool> dispatch_until(const basic_request<Flavour, T> &wanted, milliseconds timeout = no_timeout) const
    {
        using clock = std::chrono::steady_clock;
        const auto end = clock::now() + std::chrono::milliseconds(detail::c_patience(timeout));
        bool closed = false;
        while (!wanted.done() && !closed) {
            const auto left = std::chrono::ceil<milliseconds>(end - clock::now());
            if (timeout.count() >= 0 && left.count() <= 0) {
                break;
            }
            // Not in one go: another thread may take its event, and then none comes that wakes this one.
            constexpr milliseconds glance(50);
            const auto at_most = timeout.count() < 0 || left > glance ? glance : left;
            const auto turn = asked([&] { return detail::dispatch(pusher_client_dispatch, this->client_, at_most, 0); });
            if (!turn) {
                return Flavour::give(result<bool>(turn.error()));
            }
            closed = turn->closed();
        }
        return Flavour::give(result<bool>(wanted.done()));
    }
    /** Takes the next event. No handler sees it. */
    outcome<polled<owned_event>> next(milliseconds timeout = milliseconds(0)) const
    {
        return Flavour::give(asked([&] { return detail::next(pusher_client_next, this->client_, timeout, table()); }));
    }
    /** Takes events that wait, many in one call. No handler sees them. */
    outcome<polled<events>> next_batch(milliseconds timeout = milliseconds(0), std::uint32_t most = 0) const
    {
        return Flavour::give(
            asked([&] { return detail::next_batch(pusher_client_next_batch, this->client_, timeout, most, table()); }));
    }
    /** Readable while there are events to ask for: for epoll, poll, select, kqueue. Ends with the client. */
    outcome<std::ptrdiff_t> descriptor() const
    {
        return Flavour::give(detail::descriptor(pusher_client_descriptor, this->client_));
    }
    /**
     * Has a function called when there are events to ask for, after there were none; on a thread of the library or
     * inside of this. It must return soon, and should not ask for the events itself.
     */
    template <class Handler> outcome<void> set_wakeup(Handler &&handler) const
    {
        const pusher_wakeup wakeup = detail::make_wakeup(std::forward<Handler>(handler));
        return core::ask({}, pusher_client_set_wakeup, &wakeup);
    }
    /** Undoes it: when this returns, it is not running and will not be called again. */
    outcome<void> clear_wakeup() const
    {
        const pusher_wakeup *none = nullptr;
        return core::ask({}, pusher_client_set_wakeup, none);
    }

    /* Seeing inside ----------------------------------------------------------------------------------------- */

    /** How many messages have been dropped because the handlers did not keep up. */
    outcome<std::uint64_t> dropped() const
    {
        std::uint64_t count = 0;
        const result<void> made = detail::call({}, pusher_client_dropped,
                                               static_cast<const pusher_client *>(this->client_), &count);
        return Flavour::give(made ? result<std::uint64_t>(count) : result<std::uint64_t>(made.error()));
    }
    /** What the client has counted, as of now. */
    outcome<pusherws::metrics> metrics() const
    {
        return core::template ask_list<pusherws::metrics, pusher_metrics>({}, pusher_client_metrics);
    }
    /** The same as text for Prometheus; the name is the label `client` of each line. */
    outcome<std::string> prometheus(optional_text name = {}) const
    {
        detail::texts in;
        const char *label = in("the name", name);
        if (in.bad() != nullptr) {
            return Flavour::give(result<std::string>(detail::nul_inside(in.bad())));
        }
        return text(8192, [&](char *buffer, std::size_t capacity, std::size_t *length) {
            return pusher_client_prometheus(this->client_, label, buffer, capacity, length);
        });
    }
    /** The client's state as JSON, for a support ticket, without secrets. */
    outcome<std::string> dump() const
    {
        return text(16384, [&](char *buffer, std::size_t capacity, std::size_t *length) {
            return pusher_client_dump(this->client_, buffer, capacity, length);
        });
    }

    /** The HTTP API, by the app id and the secret of this client's config. */
    basic_http<Flavour> http() const { return basic_http<Flavour>(*this); }

protected:
    basic_client_ref(pusher_client *client, std::shared_ptr<detail::completions> table) noexcept
        : core(client, std::move(table))
    {
    }

private:
    template <class Ask> outcome<std::string> text(std::size_t guess, Ask &&ask) const
    {
        return Flavour::give(detail::text_of(ask, guess));
    }

    template <class Pairs> static std::vector<const char *> pairs(detail::texts &in, const Pairs &list)
    {
        std::vector<const char *> flat;
        for (const auto &[name, value] : list) {
            flat.push_back(in("a name", std::string_view(name)));
            flat.push_back(in("a value", std::string_view(value)));
        }
        flat.push_back(nullptr);
        return flat;
    }

    auto table() const
    {
        return [this](pusher_client *) { return this->table_; };
    }

    /* When a closed client has told everything, nothing will complete what is left. */
    template <class Ask> auto asked(Ask &&ask) const
    {
        detail::completions::asking here(this->table_);
        auto turn = ask();
        if (turn && turn->closed()) {
            here.over();
        }
        return turn;
    }
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
