/**
 * Events: a view while the library owns them, a copy to keep, and many that were taken together.
 */
#ifndef PUSHERWS_EVENT_HPP
#define PUSHERWS_EVENT_HPP

#include "result.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

class owned_event;

namespace detail {
/* What an event shows that has none: zeros, and no text. */
inline constexpr pusher_event no_event{};

/* Says that a pointer is not NULL, and need not be compared. */
struct not_null {};
} // namespace detail

/**
 * Something that happened: a view of a `pusher_event`, one pointer wide, to be passed by value.
 *
 * In a handler it and all text in it live until the handler returns; `keep` makes a copy that lives on. Text that
 * an event does not have is empty; `has_data` and its like tell that from text which is empty.
 */
class event {
public:
    /** Views an event of the C API. */
    explicit event(const pusher_event *raw) noexcept : raw_(raw != nullptr ? raw : &detail::no_event) {}
    /* For handlers, where the library has one. */
    event(const pusher_event *raw, detail::not_null) noexcept : raw_(raw) {}

    /** What it is about. */
    event_kind kind() const noexcept { return static_cast<event_kind>(raw_->kind); }
    /** `status::ok`, or what went wrong. */
    pusherws::status status() const noexcept { return static_cast<pusherws::status>(raw_->status); }
    /** Pusher's code (4000 to 4399), a WebSocket close code or an HTTP status; 0 for none. */
    std::int32_t code() const noexcept { return raw_->code; }
    /** The request that is done, or the number to answer with; or 0. */
    pusher_request request() const noexcept { return raw_->request; }
    /** A number; pusherws.h says which, for each kind. */
    std::int64_t value() const noexcept { return raw_->value; }
    /** The state of the connection, for a change of state. */
    connection_state state() const noexcept { return static_cast<connection_state>(raw_->state); }
    /** The state before it. */
    connection_state previous_state() const noexcept
    {
        return static_cast<connection_state>(raw_->previous_state);
    }
    /** How long until the next try to connect; nothing where none is planned. */
    std::optional<milliseconds> retry_in() const noexcept
    {
        return raw_->retry_in_ms < 0 ? std::nullopt : std::optional<milliseconds>(raw_->retry_in_ms);
    }
    /** How the server wrote the data. */
    pusherws::data_format data_format() const noexcept
    {
        return static_cast<pusherws::data_format>(raw_->data_format);
    }

    /** The event's name. */
    std::string_view name() const noexcept { return detail::view(raw_->name, raw_->name_len); }
    /** The channel's whole name. */
    std::string_view channel() const noexcept { return detail::view(raw_->channel, raw_->channel_len); }
    /** What was sent, or a sentence about an error. May hold NUL bytes. */
    std::string_view data() const noexcept { return detail::view(raw_->data, raw_->data_len); }
    /** A user id. */
    std::string_view user_id() const noexcept { return detail::view(raw_->user_id, raw_->user_id_len); }
    /** The socket id that an authorisation is for. */
    std::string_view socket_id() const noexcept { return detail::view(raw_->socket_id, raw_->socket_id_len); }

    /** Whether there is a channel. */
    bool has_channel() const noexcept { return raw_->channel != nullptr; }
    /** Whether there is data, be it empty. */
    bool has_data() const noexcept { return raw_->data != nullptr; }
    /** Whether there is a user id. */
    bool has_user_id() const noexcept { return raw_->user_id != nullptr; }

    /** The client that it happened to. Compare it with `native` of a client. */
    pusher_client *client() const noexcept { return raw_->client; }

    /** A copy that lives on, on any thread. */
    owned_event keep() const;

    /** The same event for the C API. */
    const pusher_event *native() const noexcept { return raw_; }

protected:
    void reset(const pusher_event *raw) noexcept { raw_ = raw != nullptr ? raw : &detail::no_event; }

private:
    const pusher_event *raw_;
};

/**
 * An event of your own, which lives until this ends. Move-only; `keep` copies it. One that was moved away is
 * empty.
 */
class owned_event : public event {
public:
    /** Empty. */
    owned_event() noexcept : event(nullptr) {}
    /** Takes over what the C API gave to be freed. */
    explicit owned_event(pusher_event *raw) noexcept : event(raw), owned_(raw) {}
    owned_event(owned_event &&other) noexcept : event(other), owned_(std::move(other.owned_))
    {
        other.reset(nullptr);
    }
    owned_event &operator=(owned_event &&other) noexcept
    {
        if (this != &other) {
            owned_ = std::move(other.owned_);
            reset(owned_.get());
            other.reset(nullptr);
        }
        return *this;
    }

    /** Whether it is an event. */
    explicit operator bool() const noexcept { return owned_ != nullptr; }

private:
    detail::owned<pusher_event> owned_;
};

inline owned_event event::keep() const
{
    return raw_ == &detail::no_event ? owned_event() : owned_event(pusher_event_clone(raw_));
}

/**
 * Events that were taken together: a range of `event`, all of which live as long as this.
 */
class events {
public:
    /** Goes from event to event by where they lie in memory, without asking the library. */
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
#if defined(__cpp_lib_ranges)
        using iterator_concept = std::forward_iterator_tag;
#endif
        using value_type = event;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = event;

        iterator() = default;
        iterator(const pusher_event *at, std::size_t left) noexcept : at_(at), left_(left) {}
        event operator*() const noexcept { return {at_, detail::not_null()}; }
        iterator &operator++() noexcept
        {
            // Their size is the library's, which may be a later one than this header.
            at_ = reinterpret_cast<const pusher_event *>(reinterpret_cast<const char *>(at_) + at_->size);
            --left_;
            return *this;
        }
        iterator operator++(int) noexcept
        {
            iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(iterator a, iterator b) noexcept { return a.left_ == b.left_; }
        friend bool operator!=(iterator a, iterator b) noexcept { return a.left_ != b.left_; }

    private:
        const pusher_event *at_ = nullptr;
        std::size_t left_ = 0;
    };

    /** None. */
    events() noexcept = default;
    /** Takes over what the C API gave to be freed. */
    explicit events(pusher_events *raw) noexcept : raw_(raw), size_(pusher_events_count(raw)) {}
    events(events &&other) noexcept : raw_(std::move(other.raw_)), size_(std::exchange(other.size_, 0)) {}
    events &operator=(events &&other) noexcept
    {
        raw_ = std::move(other.raw_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    iterator begin() const noexcept { return {pusher_events_at(raw_.get(), 0), size_}; }
    iterator end() const noexcept { return {nullptr, 0}; }
    /** How many there are. */
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    /** The event at a place; an empty one where there is none. */
    event operator[](std::size_t index) const noexcept { return event(pusher_events_at(raw_.get(), index)); }

    /** The block of memory in which all text of these events lies, each followed by a NUL. */
    std::string_view text() const noexcept
    {
        std::size_t length = 0;
        const char *block = pusher_events_text(raw_.get(), &length);
        return detail::view(block, block != nullptr ? length : 0);
    }

    /** The same for the C API; still owned by this. */
    const pusher_events *native() const noexcept { return raw_.get(); }

private:
    detail::owned<pusher_events> raw_;
    std::size_t size_ = 0;
};

/**
 * What was there when somebody asked for events: some, none yet, or none any more. True where there is something.
 */
template <class T> class polled {
public:
    /** Nothing; closed where there will never be anything again. */
    explicit polled(bool closed) noexcept : closed_(closed) {}
    polled(T found) : found_(std::move(found)) {}

    /** Whether there was something. */
    explicit operator bool() const noexcept { return found_.has_value(); }
    /** Whether the client (or the queue) is closed and has told everything. */
    bool closed() const noexcept { return closed_; }

    /** What there was. Only where there was something. */
    T &operator*() & noexcept { return *found_; }
    const T &operator*() const & noexcept { return *found_; }
    T operator*() && { return std::move(*found_); }
    T *operator->() noexcept { return &*found_; }
    const T *operator->() const noexcept { return &*found_; }

private:
    std::optional<T> found_;
    bool closed_ = false;
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
