/**
 * What a client knows at one moment: the members of a presence channel, and the channels that are wanted.
 */
#ifndef PUSHERWS_LISTS_HPP
#define PUSHERWS_LISTS_HPP

#include "result.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/**
 * One member of a presence channel: a view. One that `members::find` or `members::me` gave keeps what it views; any
 * other lives as long as the `members` it came from.
 */
class member {
public:
    /** Views a member of the C API, which must not be NULL. */
    explicit member(const pusher_member *raw) noexcept : raw_(raw) {}
    /* The same, and keeps the list that it is in. */
    member(const pusher_member *raw, std::shared_ptr<const pusher_members> list) noexcept
        : raw_(raw), list_(std::move(list))
    {
    }

    /** The member's user id. */
    std::string_view user_id() const noexcept { return detail::view(raw_->user_id, raw_->user_id_len); }
    /** The member's info as JSON; empty where the server gave none. */
    std::string_view user_info() const noexcept { return detail::view(raw_->user_info, raw_->user_info_len); }
    /** Whether the server gave an info. */
    bool has_user_info() const noexcept { return raw_->user_info != nullptr; }
    /** Whether it is this client's own user. */
    bool is_me() const noexcept { return raw_->is_me != 0; }

    /* For the iterator. */
    static member at(const pusher_members *list, std::size_t index) noexcept
    {
        return member(pusher_members_at(list, index));
    }

private:
    const pusher_member *raw_;
    std::shared_ptr<const pusher_members> list_;
};

/**
 * The members of a presence channel at one moment, ordered by user id: a range of `member`. Does not change.
 * Move-only.
 */
class members {
public:
    using iterator = detail::index_iterator<pusher_members, member>;

    /** Takes over what the C API gave to be freed. */
    explicit members(pusher_members *raw) : raw_(raw, detail::free_handle()) {}
    members(members &&) noexcept = default;
    members &operator=(members &&) noexcept = default;

    iterator begin() const noexcept { return {raw_.get(), 0}; }
    iterator end() const noexcept { return {raw_.get(), size()}; }
    /** How many there are, your own user included. */
    std::size_t size() const noexcept { return pusher_members_count(raw_.get()); }
    bool empty() const noexcept { return size() == 0; }
    /** The member at a place, which has to be less than `size`. */
    member operator[](std::size_t index) const noexcept { return member::at(raw_.get(), index); }

    /** The member with a user id; nothing where there is none. The list may end before it. */
    std::optional<member> find(std::string_view user_id) const
    {
        detail::texts in;
        const char *id = in("the user id", user_id);
        return in.bad() != nullptr ? std::nullopt : found(pusher_members_find(raw_.get(), id));
    }

    /** This client's own member; nothing where the server's list does not have it. The list may end before it. */
    std::optional<member> me() const { return found(pusher_members_me(raw_.get())); }

    /** The same for the C API; still owned by this. */
    const pusher_members *native() const noexcept { return raw_.get(); }

private:
    std::optional<member> found(const pusher_member *raw) const
    {
        return raw != nullptr ? std::optional<member>(std::in_place, raw, raw_) : std::nullopt;
    }

    std::shared_ptr<pusher_members> raw_; // by what it gave, too
};

/** A channel that is wanted, and how far its subscription is. Lives as long as the `channels` it came from. */
struct channel_info {
    /** The channel's whole name. */
    std::string_view name;
    channel_state state;

    /* For the iterator. */
    static channel_info at(const pusher_channels *list, std::size_t index) noexcept
    {
        const char *name = pusher_channels_name(list, index);
        return {name != nullptr ? std::string_view(name) : std::string_view(),
                static_cast<channel_state>(pusher_channels_state(list, index))};
    }
};

/** The channels that a client wants at one moment, ordered by name: a range of `channel_info`. Move-only. */
class channels {
public:
    using iterator = detail::index_iterator<pusher_channels, channel_info>;

    /** Takes over what the C API gave to be freed. */
    explicit channels(pusher_channels *raw) noexcept : raw_(raw) {}

    iterator begin() const noexcept { return {raw_.get(), 0}; }
    iterator end() const noexcept { return {raw_.get(), size()}; }
    /** How many there are. */
    std::size_t size() const noexcept { return pusher_channels_count(raw_.get()); }
    bool empty() const noexcept { return size() == 0; }
    /** The channel at a place, which has to be less than `size`. */
    channel_info operator[](std::size_t index) const noexcept { return channel_info::at(raw_.get(), index); }

    /** The same for the C API; still owned by this. */
    const pusher_channels *native() const noexcept { return raw_.get(); }

private:
    detail::owned<pusher_channels> raw_;
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
