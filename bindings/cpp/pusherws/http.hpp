/**
 * The HTTP API: what a server of the application may do.
 */
#ifndef PUSHERWS_HTTP_HPP
#define PUSHERWS_HTTP_HPP

#include "client_core.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/** What may be said about an event that goes through the HTTP API. Has copies of its texts. */
struct trigger_options {
    /** The connection that is not to receive it. */
    owned_text socket_id = {};
    /** What to tell about the channels, such as "subscription_count". */
    owned_text info = {};
};

/** Events to be published together, 1 to 10. Move-only. */
template <class Flavour> class basic_batch {
public:
    /** An empty one. */
    basic_batch() : handle_(pusher_batch_new()) {}

    /**
     * Adds an event.
     *
     * @param channel  one whole name
     * @param event    the event's name
     * @param data     UTF-8 text, usually JSON
     */
    typename Flavour::template outcome<void> add(std::string_view channel, std::string_view event,
                                                 std::string_view data, const trigger_options &options = {})
    {
        detail::texts in;
        const char *where = in("the channel", channel);
        const char *what = in("the event", event);
        const char *socket_id = in("the socket id", options.socket_id);
        const char *info = in("the info", options.info);
        return Flavour::give(detail::call(in, pusher_batch_add, handle_.get(), where, what, data.data(), data.size(),
                                          socket_id, info));
    }

    /** The same for the C API; still owned by this. */
    const pusher_batch *native() const noexcept { return handle_.get(); }

private:
    detail::owned<pusher_batch> handle_;
};

/**
 * The HTTP API of a client, which needs `app_id` and `secret` in its config, and no connection. Got from
 * `http`; may be copied, and used on any thread.
 *
 * All of its requests give the server's answer as text.
 */
template <class Flavour> class basic_http : public detail::client_core<Flavour> {
    using core = detail::client_core<Flavour>;

public:
    /** A request that gives the server's answer. */
    using request = basic_request<Flavour, std::string>;

    /**
     * Publishes an event as a server would: on any channel, to everybody. On an encrypted channel the data is
     * encrypted first.
     *
     * @param channel  a whole name
     * @param event    the event's name
     * @param data     UTF-8 text, usually JSON
     */
    request trigger(std::string_view channel, std::string_view event, std::string_view data,
                    const trigger_options &options = {}) const
    {
        return trigger(std::initializer_list<std::string_view>{channel}, event, data, options);
    }

    /** The same for up to 100 channels: a list in braces, or anything to go through that has text in it. */
    template <class Names = std::initializer_list<std::string_view>, class = detail::if_many<Names>>
    request trigger(const Names &channels, std::string_view event, std::string_view data,
                    const trigger_options &options = {}) const
    {
        detail::texts in;
        std::vector<const char *> names;
        for (const auto &channel : channels) {
            names.push_back(in("the channel", std::string_view(channel)));
        }
        const char *what = in("the event", event);
        const char *socket_id = in("the socket id", options.socket_id);
        const char *info = in("the info", options.info);
        return core::template start<std::string>(in, pusher_client_trigger, names.data(), names.size(), what,
                                                 data.data(), data.size(), socket_id, info);
    }

    /** Publishes all events of a batch in one call. */
    request trigger(const basic_batch<Flavour> &batch) const
    {
        return core::template start<std::string>({}, pusher_client_trigger_batch, batch.native());
    }

    /**
     * Which channels are in use.
     *
     * @param prefix  only those whose names begin so, such as "presence-"
     * @param info    such as "user_count" (with the prefix "presence-")
     */
    request channels(optional_text prefix = {}, optional_text info = {}) const
    {
        detail::texts in;
        const char *beginning = in("the prefix", prefix);
        const char *wanted = in("the info", info);
        return core::template start<std::string>(in, pusher_client_get_channels, beginning, wanted);
    }

    /** About one channel; info is such as "subscription_count,user_count,cache". */
    request channel(std::string_view name, optional_text info = {}) const
    {
        detail::texts in;
        const char *which = in("the channel", name);
        const char *wanted = in("the info", info);
        return core::template start<std::string>(in, pusher_client_get_channel, which, wanted);
    }

    /** Who is on a presence channel, as the server sees it. */
    request users(std::string_view channel) const
    {
        detail::texts in;
        const char *which = in("the channel", channel);
        return core::template start<std::string>(in, pusher_client_get_users, which);
    }

    /** Has the server end all connections of a signed-in user. */
    request terminate_user(std::string_view user_id) const
    {
        detail::texts in;
        const char *who = in("the user id", user_id);
        return core::template start<std::string>(in, pusher_client_terminate_user, who);
    }

    /** Publishes an event to one signed-in user, on all of that user's connections. */
    request send_to_user(std::string_view user_id, std::string_view event, std::string_view data) const
    {
        detail::texts in;
        const char *who = in("the user id", user_id);
        const char *what = in("the event", event);
        return core::template start<std::string>(in, pusher_client_send_to_user, who, what, data.data(), data.size());
    }

private:
    template <class Other> friend class basic_client_ref;
    explicit basic_http(const core &of) : core(of) {}
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
