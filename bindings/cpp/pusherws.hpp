/**
 * pusherws for C++17 and later: a client for the Pusher Channels WebSocket protocol.
 *
 *     #include <pusherws.hpp>
 *
 *     pusherws::config config("app-key");
 *     config.cluster("eu").secret("app-secret");
 *
 *     pusherws::client client(config);
 *     client.bind("private-orders", "created", [](const pusherws::event &event) { std::cout << event.data(); });
 *     client.subscribe("private-orders");
 *     client.connect().get(10s);
 *     ...
 *     client.close(2s);
 *
 * Headers only, over pusherws.h, which stays the manual: what a function does there it does here. Link the same
 * library. All of it is since 0.1.0. The rules beside those of pusherws.h:
 *
 * - Objects own what they stand for, and can be moved, not copied; what was moved away may be ended and assigned to,
 *   and its functions fail with `status::handle`. Views (`event`, `member`) are passed by value, and live as long as
 *   what they came from; one that was looked up by name keeps it.
 *   The order in which objects end does not matter: what outlives its client is harmless.
 * - What can fail throws `pusherws::error`. The same classes in `pusherws::nothrow` give a `pusherws::result`
 *   instead. With -fno-exceptions (or PUSHERWS_EXCEPTIONS defined as 0) both do so.
 * - Text goes in as `std::string_view`; one with a NUL byte inside is refused where C would cut it. Data may hold any.
 * - Handlers are whatever can be called with a `const pusherws::event &`, move-only functions included. They live until
 *   the library drops them: after their last call. An exception that leaves one goes to `on_handler_failure`.
 * - connect, subscribe, publish and their like give requests: to let go, to wait for, as a future, with a function, or,
 *   from C++20 on, to co_await.
 */
#ifndef PUSHERWS_HPP
#define PUSHERWS_HPP

#include "pusherws/client.hpp"
#include "pusherws/coroutine.hpp"
#include "pusherws/server.hpp"
#include "pusherws/subscription.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/* The flavour that throws; without exceptions, the other. */
using config = basic_config<default_flavour>;
using client = basic_client<default_flavour>;
using client_ref = basic_client_ref<default_flavour>;
using queue = basic_queue<default_flavour>;
using subscription = basic_subscription<default_flavour>;
using scoped_binding = basic_scoped_binding<default_flavour>;
using http = basic_http<default_flavour>;
using batch = basic_batch<default_flavour>;
using signer = basic_signer<default_flavour>;
/** A request that gives T. */
template <class T = void> using request = basic_request<default_flavour, T>;

/** Makes a channel's whole name of its kind and its bare name. */
inline default_flavour::outcome<std::string> channel_name(channel_kind kind, std::string_view bare_name)
{
    return detail::channel_name<default_flavour>(kind, bare_name);
}

/** The version of the library, such as "0.1.0"; PUSHER_VERSION is the header's. */
inline std::string_view library_version() noexcept
{
    return pusher_version();
}

/** The same classes in the flavour that never throws. */
namespace nothrow {
using config = basic_config<returning>;
using client = basic_client<returning>;
using client_ref = basic_client_ref<returning>;
using queue = basic_queue<returning>;
using subscription = basic_subscription<returning>;
using scoped_binding = basic_scoped_binding<returning>;
using http = basic_http<returning>;
using batch = basic_batch<returning>;
using signer = basic_signer<returning>;
template <class T = void> using request = basic_request<returning, T>;

inline result<std::string> channel_name(channel_kind kind, std::string_view bare_name)
{
    return detail::channel_name<returning>(kind, bare_name);
}
} // namespace nothrow

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
