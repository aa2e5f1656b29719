/**
 * co_await for requests, where the compiler has coroutines.
 *
 *     pusherws::background_task join(pusherws::client &client)
 *     {
 *         co_await client.connect();
 *         co_await client.subscribe("presence-room");
 *     }
 *
 * A coroutine goes on where the client's handlers run: with `delivery::thread` on the client's own thread, with
 * `delivery::poll` on the thread that asks for events, with `delivery::inline_` on the network thread. It may make
 * requests there and await them, but must not block. Where the request is done already it goes on at once. Where the
 * client is freed before, it goes on inside of that, with `status::cancelled`.
 *
 * A suspended coroutine may be destroyed, as long as its client's events are not being delivered on another thread
 * at that moment.
 */
#ifndef PUSHERWS_COROUTINE_HPP
#define PUSHERWS_COROUTINE_HPP

#include "request.hpp"

#if defined(__cpp_impl_coroutine) && defined(__has_include)
#if __has_include(<coroutine>)
/** Defined where `co_await` works. */
#define PUSHERWS_COROUTINES 1
#endif
#endif

#if defined(PUSHERWS_COROUTINES)
#include <coroutine>

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {
namespace detail {

/* Lies in the coroutine's frame: awaiting allocates nothing. */
template <class Flavour, class T> class request_awaiter final : public waiter {
public:
    explicit request_awaiter(basic_request<Flavour, T> &&request)
        : table_(std::move(request.table_)), state_(std::move(request.state_))
    {
    }
    ~request_awaiter()
    {
        if (state_ != nullptr && table_ != nullptr && !state_->done.load(std::memory_order_acquire)) {
            table_->forget(*state_);
        }
    }

    bool await_ready() const noexcept
    {
        return state_ == nullptr || table_ == nullptr || state_->done.load(std::memory_order_acquire);
    }

    bool await_suspend(std::coroutine_handle<> handle) noexcept
    {
        handle_ = handle;
        // From the moment that it is attached, this may be gone.
        const auto table = table_;
        return table->attach(*state_, this);
    }

    typename Flavour::template outcome<T> await_resume()
    {
        if (state_ == nullptr) {
            return Flavour::give(result<T>(basic_request<Flavour, T>::moved_away()));
        }
        return Flavour::give(given<T>(completions::end_of(*state_)));
    }

    void completed(const ending &) noexcept override
    {
        const auto handle = handle_;
        guarded("a coroutine", nullptr, [&] { handle.resume(); });
    }

private:
    std::shared_ptr<completions> table_;
    std::shared_ptr<pending> state_;
    std::coroutine_handle<> handle_;
};

} // namespace detail

/** Awaits a request: gives T, or throws its error; in the flavour that does not throw, gives a result<T>. */
template <class Flavour, class T>
detail::request_awaiter<Flavour, T> operator co_await(basic_request<Flavour, T> &&request)
{
    return detail::request_awaiter<Flavour, T>(std::move(request));
}

/**
 * The type of a coroutine that begins at once and that nobody waits for. What it throws goes to the hook of
 * `on_handler_failure`. For more, use a library of coroutines: requests can be awaited in any.
 */
struct background_task {
    struct promise_type {
        background_task get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept
        {
#if PUSHERWS_EXCEPTIONS
            detail::report("a coroutine", nullptr);
#endif
        }
    };
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
#endif
