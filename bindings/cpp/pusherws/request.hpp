/**
 * Requests: what connect, subscribe, publish and their like give, to be waited for, or not, in whichever way.
 */
#ifndef PUSHERWS_REQUEST_HPP
#define PUSHERWS_REQUEST_HPP

#include "completions.hpp"

#include <future>

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {
namespace detail {

/* What a request gives when it went well: nothing, a ping's round trip, or a server's answer. */
template <class T> struct giving;
template <> struct giving<void> {
    static constexpr bool answers = false;
    static result<void> from(const ending &) { return {}; }
};
template <> struct giving<std::chrono::microseconds> {
    static constexpr bool answers = true;
    static result<std::chrono::microseconds> from(const ending &end) { return std::chrono::microseconds(end.value); }
};
template <> struct giving<std::string> {
    static constexpr bool answers = true;
    static result<std::string> from(const ending &end) { return std::string(end.data); }
};

template <class T> result<T> given(const ending &end)
{
    if (end.status < 0) {
        return end.failure();
    }
    return giving<T>::from(end);
}

/* Calls a function of the program, once. */
template <class T, class Handler> class calling final : public waiter {
public:
    explicit calling(Handler &&handler) : handler_(std::move(handler)) {}
    explicit calling(const Handler &handler) : handler_(handler) {}

    void completed(const ending &end) noexcept override
    {
        std::unique_ptr<calling> self(this);
        guarded("a completion", nullptr, [&] { std::invoke(std::move(handler_), given<T>(end)); });
        guarded("a destructor", nullptr, [&] { self.reset(); });
    }

private:
    Handler handler_;
};

/* What a future holds: in the flavour that throws, the value; else the result. */
template <class Flavour, class T> class promising final : public waiter {
public:
    using value = std::conditional_t<Flavour::throws, T, result<T>>;

    promising() : waiter(true) {}

    std::future<value> future() { return promise_.get_future(); }

    void completed(const ending &end) noexcept override
    {
        std::unique_ptr<promising> self(this);
        guarded("a completion", nullptr, [&] { keep(given<T>(end)); });
    }

private:
    void keep(result<T> made)
    {
        if constexpr (!Flavour::throws) {
            promise_.set_value(std::move(made));
        } else if (!made) {
            promise_.set_exception(std::make_exception_ptr(made.error()));
        } else if constexpr (std::is_void_v<T>) {
            promise_.set_value();
        } else {
            promise_.set_value(std::move(made).value());
        }
    }

    std::promise<value> promise_;
};

template <class Flavour, class T> class request_awaiter; // coroutine.hpp

} // namespace detail

/**
 * A request that is under way, or done. T is what it gives: nothing, the round trip of a ping as microseconds, or
 * the answer of a server as text.
 *
 * It need not be waited for: letting it go does not cancel it. Who wants to know its end chooses one of
 *
 *     client.subscribe("news").get(10s);                      // blocks
 *     client.subscribe("news").future();                      // a std::future
 *     client.subscribe("news").then([](result<void> how) {}); // calls a function
 *     co_await client.subscribe("news");                      // from C++20 on
 *
 * A call that fails at once throws in the flavour that throws; in the other the request is one that has failed
 * already, and each of these ways tells so.
 *
 * Move-only. It may outlive the client, whose end completes it with `status::cancelled`.
 */
template <class Flavour, class T> class basic_request {
public:
    template <class Value> using outcome = typename Flavour::template outcome<Value>;
    /** What `future` gives: T in the flavour that throws, else result<T>. */
    using future_value = typename detail::promising<Flavour, T>::value;

    basic_request(basic_request &&) noexcept = default;
    basic_request &operator=(basic_request &&other) noexcept
    {
        if (this != &other) {
            let_go();
            table_ = std::move(other.table_);
            state_ = std::move(other.state_);
            client_ = other.client_;
            ended_ = other.ended_;
        }
        return *this;
    }
    ~basic_request() { let_go(); }

    /** The request's number, as its completed event has it; 0 where the call failed. */
    pusher_request number() const noexcept { return state_ != nullptr ? state_->number : 0; }

    /** Whether its end is known, and with it what it gives. */
    bool done() const noexcept { return told() || (ended_ && state_ != nullptr && !detail::giving<T>::answers); }

    /**
     * Blocks until the request is done, as `pusher_client_wait` does: for scripts and console programs. The event
     * itself need not have been delivered; so this serves a client that nobody asks for events, too.
     *
     * @param timeout  `status::timeout` where it takes longer; it goes on
     * @return how it ended; `status::would_deadlock` inside a handler of the same client
     */
    outcome<void> wait(milliseconds timeout = no_timeout) { return Flavour::give(waited(timeout)); }

    /**
     * Blocks until the request is done, and gives what it gives. With `delivery::poll`, what has a value needs
     * somebody else who asks for events meanwhile; a thread that does both has `dispatch_until`.
     *
     * @param timeout  `status::timeout` where it takes longer; it goes on
     * @return T, or how it ended; `status::would_deadlock` inside a handler of the same client
     */
    outcome<T> get(milliseconds timeout = no_timeout) { return Flavour::give(gotten(timeout)); }

    /**
     * A future of it. It is ready at the latest when the client has been closed or freed. Do not block for it
     * inside a handler of the same client, where nothing tells you: `get` would.
     *
     * With `delivery::poll` it gets ready while events are asked for.
     */
    std::future<future_value> future() &&
    {
        auto next = std::make_unique<detail::promising<Flavour, T>>();
        auto made = next->future();
        hand_over(next.release());
        return made;
    }

    /**
     * Has a function called when the request is done: where the client's handlers run; or at once, here, where it
     * is done already; or where the client is freed before that. It is called exactly once. What it throws goes to
     * the hook of `on_handler_failure`.
     *
     * @param handler  called with a result<T>; need not be copyable
     */
    template <class Handler> void then(Handler &&handler) &&
    {
        using held = std::decay_t<Handler>;
        static_assert(std::is_invocable_v<held &&, result<T>>, "a completion is called with a pusherws::result<T>");
        hand_over(new detail::calling<T, held>(std::forward<Handler>(handler)));
    }

    /* Made by the functions of a client. */
    basic_request(std::shared_ptr<detail::completions> table, std::shared_ptr<detail::pending> state,
                  pusher_client *client)
        : table_(std::move(table)), state_(std::move(state)), client_(client)
    {
        if constexpr (Flavour::throws) {
            if (state_->number == 0) {
                detail::no_value(state_->end.failure());
            }
        }
    }

private:
    friend class detail::request_awaiter<Flavour, T>;

    static error moved_away()
    {
        return {status::argument, "this request was moved away, or has been waited for in another way"};
    }

    /* Whether its event has come. */
    bool told() const noexcept { return state_ != nullptr && state_->done.load(std::memory_order_acquire); }

    void let_go() noexcept
    {
        if (state_ != nullptr && table_ != nullptr && !told()) {
            table_->forget(*state_);
        }
    }

    /* The waiter belongs to itself from here on. */
    void hand_over(detail::waiter *next)
    {
        const auto table = std::move(table_);
        const auto state = std::exchange(state_, nullptr);
        if (state == nullptr) {
            detail::ending end;
            const error why = moved_away();
            end.status = static_cast<std::int32_t>(why.status());
            end.data = why.message();
            next->completed(end);
        } else if (table == nullptr || !table->attach(*state, next)) {
            next->completed(detail::completions::end_of(*state));
        }
    }

    result<void> waited(milliseconds timeout)
    {
        if (state_ == nullptr) {
            return moved_away();
        }
        if (told()) {
            return detail::given<void>(state_->end);
        }
        const std::int32_t status = pusher_client_wait(client_, state_->number, detail::c_patience(timeout));
        if (status < 0) {
            return error::last(status);
        }
        ended_ = true;
        return {};
    }

    result<T> gotten(milliseconds timeout)
    {
        using clock = std::chrono::steady_clock;
        std::optional<clock::time_point> deadline;
        if (timeout.count() >= 0) {
            deadline = clock::now() + std::chrono::milliseconds(detail::c_patience(timeout));
        }
        const result<void> how = waited(timeout);
        if (state_ == nullptr) {
            return how.error();
        }
        const bool refused = how.status() == status::would_deadlock || how.status() == status::forked;
        if (!told() && !refused) {
            if (how) {
                if constexpr (!detail::giving<T>::answers) {
                    return {};
                } else {
                    table_->wait_until(*state_, deadline);
                }
            } else if (!table_->polls()) {
                // The event has the code, and is on its way, unless a handler keeps it waiting.
                const auto moment = clock::now() + std::chrono::milliseconds(250);
                table_->wait_until(*state_, deadline && *deadline < moment ? *deadline : moment);
            }
        }
        if (told()) {
            return detail::given<T>(state_->end);
        }
        if (!how) {
            return how.error();
        }
        return error(status::timeout, "the request is done, but its event was not delivered in time; ask for events "
                                      "on another thread, or with dispatch_until");
    }

    std::shared_ptr<detail::completions> table_;
    std::shared_ptr<detail::pending> state_;
    pusher_client *client_ = nullptr;
    bool ended_ = false; /* as pusher_client_wait says: the event may still be on its way */
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
