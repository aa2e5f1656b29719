/**
 * For programs that are servers themselves: permissions for others, webhooks, encryption.
 */
#ifndef PUSHERWS_SERVER_HPP
#define PUSHERWS_SERVER_HPP

#include "config.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/**
 * Signs and verifies with the key and the secret of a config, and encrypts with its master key. Functions may be
 * called on any thread. Move-only, but not while it is used.
 */
template <class Flavour> class basic_signer {
public:
    template <class T> using outcome = typename Flavour::template outcome<T>;

    /** @param config  taken over; has the key, the secret, and for encrypted channels the master key */
    explicit basic_signer(basic_config<Flavour> &&config)
        : config_(std::move(config)), lock_(std::make_unique<std::mutex>())
    {
    }

    /**
     * The answer of an authorisation endpoint: the JSON that permits one connection to subscribe to one channel. Check
     * first that it may.
     *
     * @param socket_id     as the client sent it
     * @param channel       as the client sent it
     * @param channel_data  for a presence channel: the user as JSON with a user_id
     */
    outcome<std::string> authorize_channel(std::string_view socket_id, std::string_view channel,
                                           optional_text channel_data = {}) const
    {
        detail::texts in;
        const char *socket = in("the socket id", socket_id);
        const char *name = in("the channel", channel);
        const char *data = in("the channel data", channel_data);
        return text(in, 512, [&](char *buffer, std::size_t capacity, std::size_t *length) {
            return pusher_authorize_channel(config_.native(), socket, name, data, buffer, capacity, length);
        });
    }

    /** The answer of a user authorisation endpoint; the user is JSON with an id. */
    outcome<std::string> authorize_user(std::string_view socket_id, std::string_view user_data) const
    {
        detail::texts in;
        const char *socket = in("the socket id", socket_id);
        const char *user = in("the user data", user_data);
        return text(in, 512, [&](char *buffer, std::size_t capacity, std::size_t *length) {
            return pusher_authorize_user(config_.native(), socket, user, buffer, capacity, length);
        });
    }

    /**
     * Whether a webhook really comes from the server.
     *
     * @param key        the request's header X-Pusher-Key
     * @param signature  the request's header X-Pusher-Signature
     * @param body       the request's body, byte for byte
     * @return false where it is not genuine
     */
    outcome<bool> verify_webhook(std::string_view key, std::string_view signature, std::string_view body) const
    {
        detail::texts in;
        const char *whose = in("the key", key);
        const char *signed_by = in("the signature", signature);
        result<void> made;
        {
            const std::lock_guard<std::mutex> guard(*lock_);
            made = detail::call(in, pusher_verify_webhook, static_cast<const pusher_config *>(config_.native()), whose,
                                signed_by, body.data(), body.size());
        }
        if (!made && made.status() != status::auth) {
            return Flavour::give(result<bool>(made.error()));
        }
        return Flavour::give(result<bool>(made.has_value()));
    }

    /** Encrypts an event's data for an encrypted channel, for programs that publish by other means. */
    outcome<std::string> encrypt(std::string_view channel, std::string_view data) const
    {
        detail::texts in;
        const char *name = in("the channel", channel);
        return text(in, data.size() + data.size() / 2 + 128, [&](char *buffer, std::size_t capacity, std::size_t *length) {
            return pusher_encrypt(config_.native(), name, data.data(), data.size(), buffer, capacity, length);
        });
    }

private:
    template <class Ask> outcome<std::string> text(const detail::texts &in, std::size_t guess, Ask &&ask) const
    {
        if (in.bad() != nullptr) {
            return Flavour::give(result<std::string>(detail::nul_inside(in.bad())));
        }
        if (config_.problem() != nullptr) {
            return Flavour::give(result<std::string>(*config_.problem()));
        }
        // The one type of the C API that two threads must not use at the same time.
        const std::lock_guard<std::mutex> guard(*lock_);
        return Flavour::give(detail::text_of(ask, guess));
    }

    basic_config<Flavour> config_;
    std::unique_ptr<std::mutex> lock_;
};

namespace detail {

template <class Flavour>
typename Flavour::template outcome<std::string> channel_name(channel_kind kind, std::string_view bare_name)
{
    texts in;
    const char *name = in("the name", bare_name);
    if (in.bad() != nullptr) {
        return Flavour::give(result<std::string>(nul_inside(in.bad())));
    }
    return Flavour::give(text_of(
        [&](char *buffer, std::size_t capacity, std::size_t *length) {
            return pusher_channel_name(static_cast<std::int32_t>(kind), name, buffer, capacity, length);
        },
        200));
}

} // namespace detail
} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
