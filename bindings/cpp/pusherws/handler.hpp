/**
 * How functions of a C++ program become callbacks of the C API: owned by the library until it drops them, and
 * with no exception leaving them.
 */
#ifndef PUSHERWS_HANDLER_HPP
#define PUSHERWS_HANDLER_HPP

#include "event.hpp"

#include <exception>
#include <functional>
#include <mutex>
#include <type_traits>

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

#if PUSHERWS_EXCEPTIONS

/** An exception that left a handler. */
struct handler_failure {
    /** What threw: "a handler", "a wake-up", "a completion", "a coroutine" or "a destructor". */
    const char *where;
    /** The event that was being told; NULL where there was none. It dies when the hook returns. */
    const pusherws::event *event;
    /** What was thrown. */
    std::exception_ptr exception;
};

/** Told of exceptions that leave handlers. */
using failure_hook = std::function<void(const handler_failure &)>;

namespace detail {

struct hook_place {
    std::mutex lock;
    std::shared_ptr<failure_hook> hook;
};

/* Never destroyed: handlers may run while the process ends. */
inline hook_place &hook()
{
    static hook_place *place = new hook_place;
    return *place;
}

inline void print_failure(const handler_failure &failure) noexcept
{
    const char *what = "something that is no std::exception";
    std::string copy;
    try {
        std::rethrow_exception(failure.exception);
    } catch (const std::exception &exception) {
        try {
            copy = exception.what();
            what = copy.c_str();
        } catch (...) {
            what = "a std::exception";
        }
    } catch (...) {
    }
    const std::string_view name = failure.event != nullptr ? failure.event->name() : std::string_view();
    std::fprintf(stderr, "pusherws: %s%s%.*s threw: %s\n", failure.where, name.empty() ? "" : " for ",
                 static_cast<int>(name.size()), name.data(), what);
}

/* To be called where an exception has just been caught. */
inline void report(const char *where, const event *what) noexcept
{
    try {
        const handler_failure failure{where, what, std::current_exception()};
        std::shared_ptr<failure_hook> told;
        {
            hook_place &place = hook();
            const std::lock_guard<std::mutex> guard(place.lock);
            told = place.hook;
        }
        if (told == nullptr) {
            print_failure(failure);
            return;
        }
        try {
            (*told)(failure);
        } catch (...) {
            print_failure(failure);
            print_failure({"the failure hook", what, std::current_exception()});
        }
    } catch (...) {
        std::fputs("pusherws: a handler threw, and there was no memory to say more\n", stderr);
    }
}

} // namespace detail

/**
 * Sets who is told of exceptions that leave handlers, wake-ups, completions, coroutines and the destructors of
 * what they hold. Without one, a line goes to the standard error stream; in no case does the exception reach the
 * library, or end the program.
 *
 * The hook runs where the handler ran, one call at a time for each client. What it throws is written to the
 * standard error stream. It counts for the whole program; where libraries hide their symbols, for each of these.
 *
 * @param hook  empty for the line on the standard error stream
 */
inline void on_handler_failure(failure_hook hook)
{
    auto told = hook ? std::make_shared<failure_hook>(std::move(hook)) : nullptr;
    detail::hook_place &place = detail::hook();
    const std::lock_guard<std::mutex> guard(place.lock);
    place.hook.swap(told);
}

#endif

namespace detail {

/* Runs what belongs to the program, and lets nothing out of it. */
template <class Run> void guarded(const char *where, const event *what, Run &&run) noexcept
{
#if PUSHERWS_EXCEPTIONS
    try {
        run();
    } catch (...) {
        report(where, what);
    }
#else
    static_cast<void>(where);
    static_cast<void>(what);
    run();
#endif
}

template <class Held> void call_handler(const pusher_event *raw, void *user_data)
{
    const event told(raw, not_null());
    guarded("a handler", &told, [&] { std::invoke(*static_cast<Held *>(user_data), told); });
}

template <class Held> void call_wakeup(void *user_data)
{
    guarded("a wake-up", nullptr, [&] { std::invoke(*static_cast<Held *>(user_data)); });
}

template <class Held> void drop_handler(void *user_data)
{
    guarded("a destructor", nullptr, [&] { delete static_cast<Held *>(user_data); });
}

/* From here on it is the library's to drop, also where the call fails that it is for. */
template <class Handler> pusher_callback make_callback(Handler &&handler)
{
    using held = std::decay_t<Handler>;
    static_assert(std::is_invocable_v<held &, const event &>, "a handler is called with a const pusherws::event &");
    return {&call_handler<held>, &drop_handler<held>, new held(std::forward<Handler>(handler))};
}

template <class Handler> pusher_wakeup make_wakeup(Handler &&handler)
{
    using held = std::decay_t<Handler>;
    static_assert(std::is_invocable_v<held &>, "a wake-up is called without arguments");
    return {&call_wakeup<held>, &drop_handler<held>, new held(std::forward<Handler>(handler))};
}

} // namespace detail
} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
