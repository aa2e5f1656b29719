/**
 * What the other headers stand on: whether there are exceptions, how handles end, and how text gets to C.
 */
#ifndef PUSHERWS_BASE_HPP
#define PUSHERWS_BASE_HPP

#include <pusherws.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 201703L
#error "pusherws.hpp needs C++17 or later; pusherws.h does with C++11"
#endif

/**
 * 1 where handlers may throw and `pusherws::client` reports errors by exceptions; 0 where the compiler's are
 * switched off. Define it as 0 before including pusherws.hpp to do without them in any case.
 */
#if !defined(PUSHERWS_EXCEPTIONS)
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define PUSHERWS_EXCEPTIONS 1
#else
#define PUSHERWS_EXCEPTIONS 0
#endif
#endif

/* The two are different code under the same names. With names of their own, sources of both kinds can be linked
   into one program. */
#if PUSHERWS_EXCEPTIONS
#define PUSHERWS_NAMESPACE with_exceptions
#else
#define PUSHERWS_NAMESPACE without_exceptions
#endif

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/** Milliseconds, as everywhere in the library; negative is without end where that is allowed. */
using milliseconds = std::chrono::milliseconds;

/**
 * A view of text that may be missing, which is not the same as empty: `std::nullopt`, `nullptr` and a NULL pointer are the
 * NULL of the C API. Made of whatever a `std::string_view` is made of; like that, it must not outlive the text.
 */
class optional_text {
public:
    /** No text. */
    constexpr optional_text() noexcept = default;
    constexpr optional_text(std::nullopt_t) noexcept {}
    constexpr optional_text(std::nullptr_t) noexcept {}
    /** NUL-terminated text, or none for NULL. */
    constexpr optional_text(const char *text) noexcept
    {
        if (text != nullptr) {
            text_ = std::string_view(text);
        }
    }
    /** Anything that is text. */
    template <class Text, class = std::enable_if_t<std::is_convertible_v<const Text &, std::string_view> &&
                                                   !std::is_pointer_v<Text> && !std::is_null_pointer_v<Text>>>
    constexpr optional_text(const Text &text) noexcept : text_(std::string_view(text))
    {
    }

    /** Whether there is text, be it empty. */
    constexpr explicit operator bool() const noexcept { return text_.has_value(); }
    /** The text. Only where there is one. */
    constexpr std::string_view operator*() const noexcept { return *text_; }

private:
    std::optional<std::string_view> text_;
};

/** The same with a copy of the text, for what is kept: the text may end before it. */
class owned_text {
public:
    /** No text. */
    owned_text() noexcept = default;
    owned_text(std::nullopt_t) noexcept {}
    owned_text(std::nullptr_t) noexcept {}
    /** NUL-terminated text, or none for NULL. */
    owned_text(const char *text) : owned_text(optional_text(text)) {}
    owned_text(optional_text text)
    {
        if (text) {
            text_.emplace(*text);
        }
    }
    /** Anything that is text. */
    owned_text(std::string &&text) noexcept : text_(std::move(text)) {}
    template <class Text, class = std::enable_if_t<std::is_convertible_v<const Text &, std::string_view> &&
                                                   !std::is_pointer_v<Text> && !std::is_null_pointer_v<Text>>>
    owned_text(const Text &text) : text_(std::in_place, std::string_view(text))
    {
    }

    /** Whether there is text, be it empty. */
    explicit operator bool() const noexcept { return text_.has_value(); }
    /** The text. Only where there is one. */
    std::string_view operator*() const noexcept { return *text_; }
    /** A view of it, or of none. */
    operator optional_text() const noexcept { return text_ ? optional_text(*text_) : optional_text(); }

private:
    std::optional<std::string> text_;
};

/** Waits without end. */
inline constexpr milliseconds no_timeout{-1};

namespace detail {

/* Ends handles, whichever they are. */
struct free_handle {
    void operator()(pusher_config *handle) const noexcept { pusher_config_free(handle); }
    void operator()(pusher_queue *handle) const noexcept { pusher_queue_free(handle); }
    void operator()(pusher_event *handle) const noexcept { pusher_event_free(handle); }
    void operator()(pusher_events *handle) const noexcept { pusher_events_free(handle); }
    void operator()(pusher_members *handle) const noexcept { pusher_members_free(handle); }
    void operator()(pusher_channels *handle) const noexcept { pusher_channels_free(handle); }
    void operator()(pusher_metrics *handle) const noexcept { pusher_metrics_free(handle); }
    void operator()(pusher_batch *handle) const noexcept { pusher_batch_free(handle); }
};

template <class Handle> using owned = std::unique_ptr<Handle, free_handle>;

/* What C takes for a time. One that does not fit is too long for every function, and refused there. */
inline std::int32_t c_time(milliseconds time) noexcept
{
    constexpr auto most = std::numeric_limits<std::int32_t>::max();
    constexpr auto least = std::numeric_limits<std::int32_t>::min();
    const auto count = time.count();
    if (count > most) {
        return most;
    }
    return count < least ? least : static_cast<std::int32_t>(count);
}

/* The same for waiting, where any negative time is without end. */
inline std::int32_t c_patience(milliseconds time) noexcept
{
    return time.count() < 0 ? -1 : c_time(time);
}

inline std::string_view view(const char *text, std::size_t length) noexcept
{
    return {text, length};
}

/*
 * The texts of one call, each followed by a NUL. Text with a NUL inside would be cut there, and so a name
 * become another one: the call is refused instead.
 */
class texts {
public:
    texts() noexcept {} // the arena needs no beginning
    texts(const texts &) = delete;
    texts &operator=(const texts &) = delete;

    const char *operator()(const char *what, std::string_view text)
    {
        if (!text.empty() && std::memchr(text.data(), 0, text.size()) != nullptr) {
            bad_ = what;
            return "";
        }
        char *copy = room(text.size() + 1);
        if (!text.empty()) {
            std::memcpy(copy, text.data(), text.size());
        }
        copy[text.size()] = '\0';
        return copy;
    }

    const char *operator()(const char *what, const optional_text &text)
    {
        return text ? (*this)(what, *text) : nullptr;
    }

    /* Which text cannot be handed over; or NULL. */
    const char *bad() const noexcept { return bad_; }

private:
    char *room(std::size_t size)
    {
        if (size <= sizeof arena_ - used_) {
            used_ += size;
            return arena_ + used_ - size;
        }
        more_.push_back(std::make_unique<char[]>(size));
        return more_.back().get();
    }

    const char *bad_ = nullptr;
    std::size_t used_ = 0;
    std::vector<std::unique_ptr<char[]>> more_;
    char arena_[256];
};

/* Iterates over whatever has operator[] and tells apart by place. */
template <class List, class Item> class index_iterator {
public:
    using iterator_category = std::input_iterator_tag; // since it gives values, in the words of C++17
#if defined(__cpp_lib_ranges)
    using iterator_concept = std::random_access_iterator_tag;
#endif
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Item;

    index_iterator() = default;
    index_iterator(const List *list, std::size_t index) noexcept : list_(list), index_(index) {}

    Item operator*() const noexcept { return Item::at(list_, index_); }
    Item operator[](difference_type n) const noexcept { return *(*this + n); }
    index_iterator &operator++() noexcept { return *this += 1; }
    index_iterator &operator--() noexcept { return *this -= 1; }
    index_iterator operator++(int) noexcept { return std::exchange(*this, *this + 1); }
    index_iterator operator--(int) noexcept { return std::exchange(*this, *this - 1); }
    index_iterator &operator+=(difference_type n) noexcept
    {
        index_ += static_cast<std::size_t>(n);
        return *this;
    }
    index_iterator &operator-=(difference_type n) noexcept { return *this += -n; }
    friend index_iterator operator+(index_iterator at, difference_type n) noexcept { return at += n; }
    friend index_iterator operator+(difference_type n, index_iterator at) noexcept { return at += n; }
    friend index_iterator operator-(index_iterator at, difference_type n) noexcept { return at -= n; }
    friend difference_type operator-(index_iterator a, index_iterator b) noexcept
    {
        return static_cast<difference_type>(a.index_) - static_cast<difference_type>(b.index_);
    }
    friend bool operator==(index_iterator a, index_iterator b) noexcept { return a.index_ == b.index_; }
    friend bool operator!=(index_iterator a, index_iterator b) noexcept { return a.index_ != b.index_; }
    friend bool operator<(index_iterator a, index_iterator b) noexcept { return a.index_ < b.index_; }
    friend bool operator>(index_iterator a, index_iterator b) noexcept { return a.index_ > b.index_; }
    friend bool operator<=(index_iterator a, index_iterator b) noexcept { return a.index_ <= b.index_; }
    friend bool operator>=(index_iterator a, index_iterator b) noexcept { return a.index_ >= b.index_; }

private:
    const List *list_ = nullptr;
    std::size_t index_ = 0;
};

} // namespace detail
} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
