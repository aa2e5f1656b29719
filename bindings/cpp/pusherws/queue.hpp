/**
 * Asking for events: what a client with `delivery::poll` and a queue that many clients share have in common.
 */
#ifndef PUSHERWS_QUEUE_HPP
#define PUSHERWS_QUEUE_HPP

#include "request.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {
namespace detail {

/* Whose requests the events of a shared queue complete. */
class queue_clients {
public:
    void add(pusher_client *client, const std::shared_ptr<completions> &table)
    {
        const std::lock_guard<std::mutex> guard(lock_);
        clients_[client] = table;
    }
    void remove(pusher_client *client)
    {
        const std::lock_guard<std::mutex> guard(lock_);
        clients_.erase(client);
    }
    std::shared_ptr<completions> of(pusher_client *client)
    {
        const std::lock_guard<std::mutex> guard(lock_);
        const auto at = clients_.find(client);
        return at == clients_.end() ? nullptr : at->second.lock();
    }

private:
    std::mutex lock_;
    std::unordered_map<pusher_client *, std::weak_ptr<completions>> clients_;
};

/* What a call that asks has found, where the status is no error. */
template <class T> result<polled<T>> asked(std::int32_t status, T &&found)
{
    if (status == PUSHER_OK) {
        return polled<T>(std::move(found));
    }
    if (status == PUSHER_ERR_TIMEOUT || status == PUSHER_ERR_CLOSED) {
        return polled<T>(status == PUSHER_ERR_CLOSED);
    }
    return error::last(status);
}

template <class Handle>
result<polled<std::uint32_t>> dispatch(std::int32_t (*function)(Handle *, std::uint32_t, std::int32_t, std::uint32_t *),
                                       Handle *handle, milliseconds timeout, std::uint32_t most)
{
    std::uint32_t count = 0;
    const std::int32_t status = function(handle, most, c_patience(timeout), &count);
    return asked(status, std::move(count));
}

/* Events that are taken pass by the bindings, and so by the one that completes requests. */
template <class Handle, class Tables>
result<polled<owned_event>> next(std::int32_t (*function)(Handle *, std::int32_t, pusher_event **), Handle *handle,
                                 milliseconds timeout, Tables &&tables)
{
    pusher_event *raw = nullptr;
    const std::int32_t status = function(handle, c_patience(timeout), &raw);
    owned_event found(raw);
    if (raw != nullptr && raw->kind == PUSHER_EVENT_COMPLETED) {
        if (const auto table = tables(raw->client)) {
            table->complete(*raw);
        }
    }
    return asked(status, std::move(found));
}

template <class Handle, class Tables>
result<polled<events>> next_batch(std::int32_t (*function)(Handle *, std::uint32_t, std::int32_t, pusher_events **),
                                  Handle *handle, milliseconds timeout, std::uint32_t most, Tables &&tables)
{
    pusher_events *raw = nullptr;
    const std::int32_t status = function(handle, most, c_patience(timeout), &raw);
    events found(raw);
    std::shared_ptr<completions> table; // all events are of one client
    for (const event one : found) {
        if (one.kind() == event_kind::completed) {
            table = table != nullptr ? table : tables(one.client());
            if (table != nullptr) {
                table->complete(*one.native());
            }
        }
    }
    return asked(status, std::move(found));
}

template <class Handle>
result<std::ptrdiff_t> descriptor(std::int32_t (*function)(Handle *, std::ptrdiff_t *), Handle *handle)
{
    std::ptrdiff_t found = -1;
    const std::int32_t status = function(handle, &found);
    if (status < 0) {
        return error::last(status);
    }
    return found;
}

} // namespace detail

/**
 * A place to ask for the events of many clients: one thread, or a few, serve them all. Give it to configs by
 * `shared_queue`.
 *
 * Each client keeps its own order and its own limit on what may wait; they take turns. An event's `client` says
 * whose it is. Functions may be called on any thread. Free the clients first, then the queue. Move-only.
 */
template <class Flavour> class basic_queue {
public:
    template <class T> using outcome = typename Flavour::template outcome<T>;

    /** Makes a queue; where that fails, every function of it fails with `status::handle`. */
    basic_queue() : clients_(std::make_shared<detail::queue_clients>())
    {
        pusher_queue *raw = nullptr;
        const std::int32_t status = pusher_queue_new(&raw);
        handle_.reset(raw);
        if constexpr (Flavour::throws) {
            if (status < 0) {
                detail::no_value(error::last(status));
            }
        }
    }

    /**
     * Calls the handlers of the client that has waited longest, on this thread. Ask until there is nothing, to
     * serve all clients.
     *
     * @param timeout  how long to wait for the first event; 0 only looks; `no_timeout` waits without end
     * @param most     at most so many; 0 all that wait for this client
     * @return how many events there were; nothing where there was none
     */
    outcome<polled<std::uint32_t>> dispatch(milliseconds timeout = milliseconds(0), std::uint32_t most = 0)
    {
        return Flavour::give(detail::dispatch(pusher_queue_dispatch, handle_.get(), timeout, most));
    }

    /** Takes the next event of the client that has waited longest. No handler sees it. */
    outcome<polled<owned_event>> next(milliseconds timeout = milliseconds(0))
    {
        return Flavour::give(detail::next(pusher_queue_next, handle_.get(), timeout, tables()));
    }

    /** Takes events of the client that has waited longest, all of one client. No handler sees them. */
    outcome<polled<events>> next_batch(milliseconds timeout = milliseconds(0), std::uint32_t most = 0)
    {
        return Flavour::give(detail::next_batch(pusher_queue_next_batch, handle_.get(), timeout, most, tables()));
    }

    /** Readable while there are events to ask for: for epoll, poll, select, kqueue. Ends with the queue. */
    outcome<std::ptrdiff_t> descriptor()
    {
        return Flavour::give(detail::descriptor(pusher_queue_descriptor, handle_.get()));
    }

    /**
     * Has a function called when there are events to ask for, after there were none; on a thread of the library
     * or inside of this. It must return soon, and should not ask for the events itself.
     */
    template <class Handler> outcome<void> set_wakeup(Handler &&handler)
    {
        const pusher_wakeup wakeup = detail::make_wakeup(std::forward<Handler>(handler));
        return Flavour::give(detail::call({}, pusher_queue_set_wakeup, handle_.get(), &wakeup));
    }

    /** Undoes it: when this returns, it is not running and will not be called again. */
    outcome<void> clear_wakeup()
    {
        const pusher_wakeup *none = nullptr;
        return Flavour::give(detail::call({}, pusher_queue_set_wakeup, handle_.get(), none));
    }

    /** The same for the C API; still owned by this. */
    pusher_queue *native() const noexcept { return handle_.get(); }

private:
    template <class Other> friend class basic_config;

    auto tables() const
    {
        return [clients = clients_](pusher_client *client) { return clients != nullptr ? clients->of(client) : nullptr; };
    }

    detail::owned<pusher_queue> handle_;
    std::shared_ptr<detail::queue_clients> clients_;
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
