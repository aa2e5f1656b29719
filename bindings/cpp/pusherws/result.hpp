/**
 * Errors, in two flavours to choose from:
 *
 *     pusherws::client            throws pusherws::error
 *     pusherws::nothrow::client   returns pusherws::result<T>, and never throws but for want of memory
 *
 * Both have the same functions. Where a comment says `outcome<T>`, that is T in the one and result<T> in the
 * other. Where the compiler's exceptions are off, both names are the second.
 */
#ifndef PUSHERWS_RESULT_HPP
#define PUSHERWS_RESULT_HPP

#include "enums.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <variant>
#if defined(__has_include)
#if __has_include(<version>)
#include <version>
#endif
#endif
#if defined(__cpp_lib_expected)
#include <expected>
#endif

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/**
 * What went wrong with a call or a request, and what to do about it. No secret is ever in it.
 */
class error : public std::runtime_error {
public:
    /** code: Pusher's (4000 to 4399), a WebSocket close code or an HTTP status; 0 for none. */
    error(pusherws::status status, std::string_view message, std::int32_t code = 0)
        : std::runtime_error(std::string(message) + " (" + std::string(name_of(status)) + ")"), status_(status),
          code_(code), length_(message.size())
    {
    }

    /** What the last failed call of this thread had to say. */
    static error last(std::int32_t status)
    {
        char buffer[512];
        const std::size_t length = pusher_last_error(buffer, sizeof buffer);
        if (length < sizeof buffer) {
            return {static_cast<pusherws::status>(status), detail::view(buffer, length)};
        }
        std::string whole(length, '\0');
        pusher_last_error(whole.data(), length + 1);
        return {static_cast<pusherws::status>(status), whole};
    }

    /** Never `status::ok`. */
    pusherws::status status() const noexcept { return status_; }

    /** Pusher's code (4000 to 4399), a WebSocket close code or an HTTP status; 0 for none. */
    std::int32_t code() const noexcept { return code_; }

    /** The sentence alone; `what` has the status's name behind it. Lives as long as the error. */
    std::string_view message() const noexcept { return {what(), length_}; }

private:
    pusherws::status status_;
    std::int32_t code_;
    std::size_t length_;
};

namespace detail {

/* Who takes a value that is not there has a bug: where there are exceptions, the error itself is thrown. */
[[noreturn]] inline void no_value(const error &what)
{
#if PUSHERWS_EXCEPTIONS
    throw what;
#else
    std::fprintf(stderr, "pusherws: a result was taken that is an error: %s\n", what.what());
    std::abort();
#endif
}

inline error nul_inside(const char *what)
{
    return {status::argument, std::string(what) + " has a NUL byte inside, where the text would be cut; take it out"};
}

} // namespace detail

/**
 * A value, or the error in its place. Look before you take: taking a value that is not there throws the error,
 * or, without exceptions, ends the program.
 */
template <class T> class [[nodiscard]] result {
public:
    using value_type = T;
    using error_type = pusherws::error;

    result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    result(pusherws::error error) : held_(std::in_place_index<1>, std::move(error)) {}

    /** Whether there is a value. */
    bool has_value() const noexcept { return held_.index() == 0; }
    /** The same. */
    explicit operator bool() const noexcept { return has_value(); }

    /** The value. Of a result that is about to end, it is moved out. */
    T &value() &
    {
        check();
        return *std::get_if<0>(&held_);
    }
    const T &value() const &
    {
        check();
        return *std::get_if<0>(&held_);
    }
    T value() &&
    {
        check();
        return std::move(*std::get_if<0>(&held_));
    }

    /** The value, or this one where there is an error. */
    template <class U> T value_or(U &&other) &&
    {
        return has_value() ? std::move(*std::get_if<0>(&held_)) : static_cast<T>(std::forward<U>(other));
    }

    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T operator*() && { return std::move(*this).value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }

    /** The error. Only where there is no value. Of a result that is about to end, it is moved out. */
    const pusherws::error &error() const & noexcept { return *std::get_if<1>(&held_); }
    pusherws::error error() && noexcept { return std::move(*std::get_if<1>(&held_)); }

    /** How it went; `status::ok` where there is a value. */
    pusherws::status status() const noexcept
    {
        return has_value() ? pusherws::status::ok : std::get_if<1>(&held_)->status();
    }

#if defined(__cpp_lib_expected)
    /** The same as the standard library's, from C++23 on. */
    std::expected<T, pusherws::error> to_expected() &&
    {
        if (has_value()) {
            return std::move(*std::get_if<0>(&held_));
        }
        return std::unexpected(error());
    }
#endif

private:
    void check() const
    {
        if (!has_value()) {
            detail::no_value(error());
        }
    }

    std::variant<T, pusherws::error> held_;
};

/** Nothing, or an error. */
template <> class [[nodiscard]] result<void> {
public:
    using value_type = void;
    using error_type = pusherws::error;

    result() noexcept {}
    result(pusherws::error error) : held_(std::move(error)) {}

    /** Whether it went well. */
    bool has_value() const noexcept { return !held_; }
    /** The same. */
    explicit operator bool() const noexcept { return has_value(); }

    /** Throws the error, or ends the program, where there is one. */
    void value() const
    {
        if (held_) {
            detail::no_value(*held_);
        }
    }

    /** The error. Only where there is one. Of a result that is about to end, it is moved out. */
    const pusherws::error &error() const & noexcept { return *held_; }
    pusherws::error error() && noexcept { return std::move(*held_); }

    /** How it went. */
    pusherws::status status() const noexcept { return held_ ? held_->status() : pusherws::status::ok; }

#if defined(__cpp_lib_expected)
    /** The same as the standard library's, from C++23 on. */
    std::expected<void, pusherws::error> to_expected() &&
    {
        if (!held_) {
            return {};
        }
        return std::unexpected(*held_);
    }
#endif

private:
    std::optional<pusherws::error> held_;
};

/** The flavour that returns results. */
struct returning {
    static constexpr bool throws = false;
    template <class T> using outcome = result<T>;
    template <class T> static result<T> give(result<T> &&made) { return std::move(made); }
};

#if PUSHERWS_EXCEPTIONS
/** The flavour that throws. */
struct throwing {
    static constexpr bool throws = true;
    template <class T> using outcome = T;
    template <class T> static T give(result<T> &&made) { return std::move(made).value(); }
};
using default_flavour = throwing;
#else
using default_flavour = returning;
#endif

namespace detail {

/* Calls a function of the C API whose texts are in `in`. */
template <class... Wanted, class... Given>
result<void> call(const texts &in, std::int32_t (*function)(Wanted...), Given... arguments)
{
    if (in.bad() != nullptr) {
        return nul_inside(in.bad());
    }
    const std::int32_t status = function(arguments...);
    if (status < 0) {
        return error::last(status);
    }
    return {};
}

/* The same for functions that write text: asked again with more room, until it fits. */
template <class Call> result<std::string> text_of(Call &&ask, std::size_t guess)
{
    std::string text(guess, '\0');
    for (;;) {
        std::size_t length = 0;
        const std::int32_t status = ask(text.data(), text.size() + 1, &length);
        if (status == PUSHER_OK) {
            text.resize(length);
            return text;
        }
        if (status != PUSHER_ERR_TOO_LARGE || length <= text.size()) {
            return error::last(status);
        }
        text.resize(length + length / 8); // it may grow meanwhile
    }
}

} // namespace detail
} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
