/**
 * Clients, and who owns them.
 */
#ifndef PUSHERWS_CLIENT_HPP
#define PUSHERWS_CLIENT_HPP

#include "client_ref.hpp"
#include "config.hpp"

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {

/**
 * One connection to a server, what is subscribed over it, and the handlers for its events. Move-only; its end frees
 * the client at once, so close it first where events matter that were not delivered yet.
 *
 * When its end is over, no handler of it is running or ever will, and all have ended themselves; inside one of its own
 * handlers that is so when the handler returns. It waits for a handler that is running: hold no lock that this one
 * wants. Requests that are not done complete as `status::cancelled`, on this thread.
 *
 * In the child of a fork, the end of a client that the parent made calls and completes nothing, and every other function
 * of it fails with `status::forked`.
 */
template <class Flavour> class basic_client : public basic_client_ref<Flavour> {
public:
    /** Nobody, to be assigned to. */
    basic_client() noexcept = default;

    /**
     * Makes a client. Connects nothing: bind and subscribe first, or after `connect`, as you like. In the flavour
     * that does not throw, use `make`.
     *
     * @param config  read now, and not needed afterwards
     */
    template <class Same = Flavour, class = std::enable_if_t<Same::throws>>
    explicit basic_client(const basic_config<Same> &config) : basic_client(make(config).value())
    {
    }

    /** Makes a client, or tells why not; also what a setter of the config had to complain about. */
    static result<basic_client> make(const basic_config<Flavour> &config)
    {
        if (config.problem() != nullptr) {
            return *config.problem();
        }
        auto table = std::make_shared<detail::completions>(config.polls_);
        pusher_client *raw = nullptr;
        const std::int32_t status = pusher_client_new(config.native(), &raw);
        if (status < 0) {
            return error::last(status);
        }
        basic_client made(raw, table, config.shared_);
        if (config.shared_ != nullptr) {
            config.shared_->add(raw, table);
        }
        return made;
    }

    basic_client(basic_client &&other) noexcept
        : basic_client_ref<Flavour>(std::exchange(other.client_, nullptr), std::move(other.table_)),
          shared_(std::move(other.shared_))
    {
    }
    basic_client &operator=(basic_client &&other) noexcept
    {
        if (this != &other) {
            free();
            this->client_ = std::exchange(other.client_, nullptr);
            this->table_ = std::move(other.table_);
            shared_ = std::move(other.shared_);
        }
        return *this;
    }
    ~basic_client() { free(); }

    /** Whether there is a client: it was neither freed nor moved away. */
    explicit operator bool() const noexcept { return this->client_ != nullptr; }

    /** One to capture in handlers and to copy, which owns nothing. */
    basic_client_ref<Flavour> ref() const noexcept { return *this; }

    /** Ends it now, as its destructor does. */
    void free() noexcept
    {
        // It may be this object that a handler ends: what is needed afterwards is taken out first.
        pusher_client *client = std::exchange(this->client_, nullptr);
        const auto table = std::move(this->table_);
        const auto shared = std::move(shared_);
        if (client == nullptr) {
            return;
        }
        pusher_client_free(client);
        if (table != nullptr && table->is_of_parent()) {
            return; // so are its locks, which a thread may hold that is not here
        }
        if (shared != nullptr) {
            shared->remove(client);
        }
        if (table != nullptr) {
            detail::guarded("a completion", nullptr, [&] { table->end(); });
        }
    }

private:
    basic_client(pusher_client *client, std::shared_ptr<detail::completions> table,
                 std::shared_ptr<detail::queue_clients> shared) noexcept
        : basic_client_ref<Flavour>(client, std::move(table)), shared_(std::move(shared))
    {
    }

    std::shared_ptr<detail::queue_clients> shared_;
};

} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
