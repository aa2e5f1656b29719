/**
 * What a client has counted, at one moment.
 */
#ifndef PUSHERWS_METRICS_HPP
#define PUSHERWS_METRICS_HPP

#include "result.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/**
 * What is counted of one channel: a view. One that `metrics::channel` gave keeps what it views; one out of a range
 * lives as long as the range.
 */
class channel_metrics {
public:
    /** Views numbers of the C API, which must not be NULL. */
    explicit channel_metrics(const pusher_channel_metrics *raw) noexcept : raw_(raw) {}
    /* The same, and keeps the snapshot that they are in. */
    channel_metrics(const pusher_channel_metrics *raw, std::shared_ptr<const pusher_metrics> snapshot) noexcept
        : raw_(raw), snapshot_(std::move(snapshot))
    {
    }

    /** The channel's whole name. */
    std::string_view name() const noexcept { return detail::view(raw_->name, raw_->name_len); }
    channel_state state() const noexcept { return static_cast<channel_state>(raw_->state); }
    /** Messages that came, those included that were dropped or could not be decrypted. */
    std::uint64_t messages() const noexcept { return raw_->messages; }
    /** The bytes of their data. */
    std::uint64_t bytes() const noexcept { return raw_->bytes; }
    /** When the last of them came; nothing where there was none. */
    std::optional<std::chrono::system_clock::time_point> last() const
    {
        return raw_->last_ms == 0 ? std::nullopt
                                  : std::optional<std::chrono::system_clock::time_point>(
                                        milliseconds(static_cast<milliseconds::rep>(raw_->last_ms)));
    }

    /* For the iterator. */
    static channel_metrics at(const pusher_metrics *list, std::size_t index) noexcept
    {
        return channel_metrics(pusher_metrics_channel_at(list, index));
    }

private:
    const pusher_channel_metrics *raw_;
    std::shared_ptr<const pusher_metrics> snapshot_;
};

/** A snapshot of what a client has counted since it was made. docs/observing.md tells what it is good for. Move-only. */
class metrics {
public:
    /** The channels of a snapshot, ordered by name: a range, which keeps the snapshot. */
    class channel_range {
    public:
        using iterator = detail::index_iterator<pusher_metrics, channel_metrics>;
        explicit channel_range(std::shared_ptr<const pusher_metrics> raw) noexcept : raw_(std::move(raw)) {}
        iterator begin() const noexcept { return {raw_.get(), 0}; }
        iterator end() const noexcept { return {raw_.get(), size()}; }
        std::size_t size() const noexcept { return pusher_metrics_channel_count(raw_.get()); }
        bool empty() const noexcept { return size() == 0; }

    private:
        std::shared_ptr<const pusher_metrics> raw_;
    };

    /** Takes over what the C API gave to be freed. */
    explicit metrics(pusher_metrics *raw) : raw_(raw, detail::free_handle()) {}
    metrics(metrics &&) noexcept = default;
    metrics &operator=(metrics &&) noexcept = default;

    /** The numbers that are one for the whole client, by the names that `pusher_totals` has in pusherws.h. */
    const pusher_totals &totals() const & noexcept
    {
        static constexpr pusher_totals nothing{};
        const pusher_totals *found = pusher_metrics_totals(raw_.get());
        return found != nullptr ? *found : nothing;
    }
    /** Of a snapshot that is about to end: a copy. */
    pusher_totals totals() && noexcept
    {
        return static_cast<const metrics &>(*this).totals();
    }
    /** How many events of one kind were told. */
    std::uint64_t events(event_kind kind) const noexcept { return count(pusher_metrics_events, kind); }
    /** How many established connections ended for a cause. */
    std::uint64_t losses(cause why) const noexcept { return count(pusher_metrics_losses, why); }
    /** How many tries to connect ended for a cause. */
    std::uint64_t failed_tries(cause why) const noexcept { return count(pusher_metrics_failed_tries, why); }

    /** The channels. The snapshot may end before what this gives. */
    channel_range channels() const noexcept { return channel_range(raw_); }
    /** The channel with a name; nothing where it was not wanted. The snapshot may end before it. */
    std::optional<channel_metrics> channel(std::string_view name) const
    {
        detail::texts in;
        const char *text = in("the channel", name);
        const auto *found = in.bad() != nullptr ? nullptr : pusher_metrics_channel(raw_.get(), text);
        return found != nullptr ? std::optional<channel_metrics>(std::in_place, found, raw_) : std::nullopt;
    }

    /** The same for the C API; still owned by this. */
    const pusher_metrics *native() const noexcept { return raw_.get(); }

private:
    template <class Number>
    std::uint64_t count(std::int32_t (*function)(const pusher_metrics *, std::int32_t, std::uint64_t *),
                        Number which) const noexcept
    {
        std::uint64_t found = 0;
        function(raw_.get(), static_cast<std::int32_t>(which), &found);
        return found;
    }

    std::shared_ptr<pusher_metrics> raw_; // by what it gave, too
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
