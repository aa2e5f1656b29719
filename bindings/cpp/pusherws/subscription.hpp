/**
 * Subscriptions and bindings that end with a scope.
 */
#ifndef PUSHERWS_SUBSCRIPTION_HPP
#define PUSHERWS_SUBSCRIPTION_HPP

#include "client.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/**
 * Unbinds when it ends. May outlive the client. Move-only.
 *
 *     pusherws::scoped_binding bound(client, client.bind("orders", "created", handler));
 *
 * A call may still be under way on another thread when this has ended: what the handler captures by reference has to
 * outlive the client, and not only this.
 */
template <class Flavour> class [[nodiscard]] basic_scoped_binding {
public:
    /** None. */
    basic_scoped_binding() noexcept = default;
    /** @param binding  a number that `bind` of this client gave */
    basic_scoped_binding(basic_client_ref<Flavour> client, pusher_binding binding) noexcept
        : client_(std::move(client)), binding_(binding)
    {
    }
    basic_scoped_binding(basic_scoped_binding &&other) noexcept
        : client_(std::move(other.client_)), binding_(std::exchange(other.binding_, 0))
    {
    }
    basic_scoped_binding &operator=(basic_scoped_binding &&other) noexcept
    {
        if (this != &other) {
            unbind();
            client_ = std::move(other.client_);
            binding_ = std::exchange(other.binding_, 0);
        }
        return *this;
    }
    ~basic_scoped_binding() { unbind(); }

    /** Unbinds now. */
    void unbind() noexcept
    {
        if (binding_ != 0) {
            pusher_client_unbind(client_.native(), std::exchange(binding_, 0));
        }
    }
    /** Leaves it bound; gives its number, or 0. */
    pusher_binding release() noexcept { return std::exchange(binding_, 0); }

private:
    basic_client_ref<Flavour> client_;
    pusher_binding binding_ = 0;
};

/**
 * A channel for as long as this lives: what is bound through it is unbound at its end, and the channel unsubscribed.
 *
 *     pusherws::subscription room(client, "presence-room");
 *     room.bind("client-hello", [](const pusherws::event &event) { ... });
 *     room.subscribe();
 *
 * A channel has one subscription, however many of these there are: the first that ends unsubscribes it. May outlive
 * the client. Move-only.
 *
 * A call may still be under way on another thread when this has ended: what a handler captures by reference has to
 * outlive the client, and not only this; so capture `client.ref()` and the channel's name in place of this.
 */
template <class Flavour> class basic_subscription {
public:
    template <class T> using outcome = typename Flavour::template outcome<T>;

    /** Does nothing yet: bind first, then `subscribe`. @param channel  the whole name */
    basic_subscription(basic_client_ref<Flavour> client, std::string_view channel)
        : client_(std::move(client)), channel_(channel)
    {
    }
    basic_subscription(basic_subscription &&other) noexcept
        : client_(std::move(other.client_)), channel_(std::move(other.channel_)), bound_(std::move(other.bound_)),
          subscribed_(std::exchange(other.subscribed_, false))
    {
    }
    basic_subscription &operator=(basic_subscription &&other) noexcept
    {
        if (this != &other) {
            end();
            client_ = std::move(other.client_);
            channel_ = std::move(other.channel_);
            bound_ = std::move(other.bound_);
            subscribed_ = std::exchange(other.subscribed_, false);
        }
        return *this;
    }
    ~basic_subscription() { end(); }

    /** The channel's whole name. */
    const std::string &channel() const noexcept { return channel_; }

    /** Subscribes; as often as you like: where it is subscribed already, the request is done at once. */
    basic_request<Flavour, void> subscribe(optional_text channel_data = {})
    {
        auto made = client_.subscribe(channel_, channel_data);
        subscribed_ = subscribed_ || made.number() != 0;
        return made;
    }
    /** Has a function called for the channel's events with a name; `std::nullopt` for all of the channel's. */
    template <class Handler>
    outcome<void> bind(optional_text event, Handler &&handler, bind_flags flags = bind_flags::none)
    {
        bound_.reserve(bound_.size() + 1);
        if constexpr (Flavour::throws) {
            bound_.emplace_back(client_, client_.bind(channel_, event, std::forward<Handler>(handler), flags));
        } else {
            const auto made = client_.bind(channel_, event, std::forward<Handler>(handler), flags);
            if (!made) {
                return made.error();
            }
            bound_.emplace_back(client_, *made);
            return {};
        }
    }
    /** As the client's. */
    basic_request<Flavour, void> publish(std::string_view event, std::string_view data) const
    {
        return client_.publish(channel_, event, data);
    }
    /** As the client's. */
    outcome<pusherws::members> members() const { return client_.members(channel_); }
    /** As the client's. */
    outcome<pusherws::channel_state> state() const { return client_.channel_state(channel_); }

    /** Ends it now: unbinds and unsubscribes. */
    void end() noexcept
    {
        bound_.clear();
        if (std::exchange(subscribed_, false)) {
            pusher_client_unsubscribe(client_.native(), channel_.c_str(), nullptr);
        }
    }

private:
    basic_client_ref<Flavour> client_;
    std::string channel_;
    std::vector<basic_scoped_binding<Flavour>> bound_;
    bool subscribed_ = false;
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
