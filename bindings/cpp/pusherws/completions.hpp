/**
 * Which requests of a client somebody waits for. Nothing in here is meant for programs.
 */
#ifndef PUSHERWS_COMPLETIONS_HPP
#define PUSHERWS_COMPLETIONS_HPP

#include "handler.hpp"

#include <atomic>
#include <condition_variable>
#include <unordered_map>
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace pusherws {
inline namespace PUSHERWS_NAMESPACE {
namespace detail {

/* Which process this is, where one can fork. */
inline long this_process() noexcept
{
#if defined(__unix__) || defined(__APPLE__)
    return static_cast<long>(::getpid());
#else
    return 0;
#endif
}

/* How a request ended. */
struct ending {
    std::int32_t status = PUSHER_OK;
    std::int32_t code = 0;
    std::int64_t value = 0;
    std::string data;

    error failure() const
    {
        return {static_cast<pusherws::status>(status),
                data.empty() ? std::string_view("the request failed") : std::string_view(data), code};
    }
};

/* Whoever is told that a request is done. Called once, with no lock held; may end itself. */
class waiter {
public:
    virtual void completed(const ending &end) noexcept = 0;

    /* A thread may be blocked for it: it cannot wait until somebody asks for events. */
    const bool blocks;

protected:
    explicit waiter(bool blocking = false) noexcept : blocks(blocking) {}
    waiter(const waiter &) = delete;
    waiter &operator=(const waiter &) = delete;
    ~waiter() = default;
};

/* A request that has not been completed yet, or has: then `end` does not change any more. */
struct pending {
    pusher_request number = 0;
    std::atomic<bool> done{false};
    ending end;
    waiter *next = nullptr;
    bool answers = false; /* its end has a value, which only the event knows */
    int blocked = 0;      /* threads that wait for the event */
};

/*
 * The pending requests of one client, by number. Shared by the client, by what its functions gave, and by the
 * binding for "pusher:completed", which is made with the first request.
 *
 * A completion can arrive before the call that made the request has returned its number. So the calls are made
 * under the lock that completing takes: they return at once, and no callback runs inside of them.
 *
 * The child of a fork has a copy of it, which another thread may have been changing, with the lock that nobody there
 * will release: nothing of it is touched there, and what is pending is for the parent to be told.
 */
class completions : public std::enable_shared_from_this<completions> {
public:
    explicit completions(bool polls) noexcept : polls_(polls) {}

    /* Events come only to those who ask for them. */
    bool polls() const noexcept { return polls_; }

    /* This is the child of a fork, and the client its parent's. */
    bool is_of_parent() const noexcept { return process_ != this_process(); }

    /* How a request ended that is done; any other is the parent's, and will not be. */
    static ending end_of(const pending &one)
    {
        if (one.done.load(std::memory_order_acquire)) {
            return one.end;
        }
        return {PUSHER_ERR_FORKED, 0, 0, "the request was made before a fork and belongs to the parent process"};
    }

    /* make(number) calls the function of the C API. Where it fails, what is given has that end already. */
    template <class Make> std::shared_ptr<pending> start(pusher_client *client, bool answers, Make &&make)
    {
        auto made = std::make_shared<pending>();
        made->answers = answers;
        if (is_of_parent()) {
            fail(*made, error::last(make(&made->number))); // C refuses it, and says why
            return made;
        }
        const std::lock_guard<std::mutex> guard(lock_);
        std::int32_t status = bound_ ? PUSHER_OK : bind(client);
        if (status >= 0) {
            status = make(&made->number);
        }
        if (status < 0) {
            fail(*made, error::last(status));
        } else {
            table_.emplace(made->number, made);
        }
        return made;
    }

    static void fail(pending &made, const error &why)
    {
        made.end.status = static_cast<std::int32_t>(why.status());
        made.end.code = why.code();
        made.end.data = why.message();
        made.done.store(true, std::memory_order_release);
    }

    /* An event that completes a request; others are none of ours. */
    void complete(const pusher_event &event)
    {
        if (event.kind != PUSHER_EVENT_COMPLETED) {
            return;
        }
        ending end{event.status, event.code, event.value, std::string(view(event.data, event.data_len))};
        finish(event.request, std::move(end));
    }

    /* Has a waiter called at the end; false where that has come already, or never will. */
    bool attach(pending &wanted, waiter *next) noexcept
    {
        if (is_of_parent()) {
            return false;
        }
        pusher_client *closed = nullptr;
        {
            const std::lock_guard<std::mutex> guard(lock_);
            if (wanted.done.load(std::memory_order_relaxed)) {
                return false;
            }
            wanted.next = next;
            closed = next->blocks ? closed_ : nullptr;
        }
        if (closed != nullptr) {
            settle(closed);
        }
        return true;
    }

    /* Nobody wants to know any more. */
    void forget(pending &unwanted) noexcept
    {
        if (is_of_parent()) {
            return;
        }
        std::shared_ptr<pending> found; // dropped after the lock
        const std::lock_guard<std::mutex> guard(lock_);
        unwanted.next = nullptr;
        const auto at = table_.find(unwanted.number);
        if (at != table_.end() && at->second.get() == &unwanted) {
            found = std::move(at->second);
            table_.erase(at);
        }
    }

    /* Waits for the event; false where it does not come in time. */
    bool wait_until(pending &wanted, std::optional<std::chrono::steady_clock::time_point> deadline)
    {
        std::unique_lock<std::mutex> guard(lock_);
        const auto done = [&] { return wanted.done.load(std::memory_order_relaxed); };
        wanted.blocked++;
        if (pusher_client *const closed = closed_) {
            guard.unlock();
            settle(closed);
            guard.lock();
        }
        if (deadline) {
            changed_.wait_until(guard, *deadline, done);
        } else {
            changed_.wait(guard, done);
        }
        wanted.blocked--;
        return done();
    }

    /*
     * The client is closed, and its events may never be asked for: threads that are blocked for a request learn
     * its end by its number, and so do those that come later. Where the end has a value, that is lost.
     *
     * Only for one that has closed, not for one that goes on closing: what is under way there may yet go well.
     */
    void settle(pusher_client *client)
    {
        // There is no request 0: this asks only whether one may wait here.
        if (pusher_client_wait(client, 0, 0) == PUSHER_ERR_WOULD_DEADLOCK) {
            return; // inside of a callback, it has only begun to close; whoever runs it goes on asking
        }
        std::vector<std::shared_ptr<pending>> blocking;
        {
            const std::lock_guard<std::mutex> guard(lock_);
            closed_ = client;
            for (const auto &entry : table_) {
                const pending &one = *entry.second;
                if (one.blocked > 0 || (one.next != nullptr && one.next->blocks)) {
                    blocking.push_back(entry.second);
                }
            }
        }
        for (const auto &one : blocking) {
            const std::int32_t status = pusher_client_wait(client, one->number, 0);
            if (status == PUSHER_OK && one->answers) {
                finish(one->number, cancelled("the client was closed before the request's event was asked for"));
            } else if (status < 0) {
                const error why = error::last(status);
                finish(one->number, {status, 0, 0, std::string(why.message())});
            } else {
                finish(one->number, {});
            }
        }
    }

    /*
     * Somebody who asks for events. One thread may hear that a closed client has told everything while another
     * still goes through what it has taken: so whatever is left ends with the last of them.
     */
    class asking {
    public:
        explicit asking(std::shared_ptr<completions> table) : table_(std::move(table))
        {
            if (table_ != nullptr) {
                table_->asking_++;
            }
        }
        asking(const asking &) = delete;
        asking &operator=(const asking &) = delete;
        ~asking()
        {
            if (table_ != nullptr && --table_->asking_ == 0 && table_->over_) {
                guarded("a completion", nullptr, [&] { table_->end(); });
            }
        }

        /* The client is closed, and has told everything. */
        void over() noexcept
        {
            if (table_ != nullptr) {
                table_->over_ = true;
            }
        }

    private:
        const std::shared_ptr<completions> table_;
    };

    /* The client is no more, or has told everything: whatever is left will not be completed by an event. */
    void end()
    {
        if (is_of_parent()) {
            return;
        }
        for (;;) {
            pusher_request number = 0;
            {
                const std::lock_guard<std::mutex> guard(lock_);
                if (table_.empty()) {
                    return;
                }
                number = table_.begin()->first;
            }
            finish(number, cancelled("the client was closed before the request was done"));
        }
    }

private:
    static ending cancelled(const char *why) { return {PUSHER_ERR_CANCELLED, 0, 0, why}; }

    void finish(pusher_request number, ending end)
    {
        std::shared_ptr<pending> found;
        waiter *next = nullptr;
        {
            const std::lock_guard<std::mutex> guard(lock_);
            const auto at = table_.find(number);
            if (at == table_.end()) {
                return;
            }
            found = std::move(at->second);
            table_.erase(at);
            found->end = std::move(end);
            found->done.store(true, std::memory_order_release);
            next = std::exchange(found->next, nullptr);
        }
        changed_.notify_all();
        if (next != nullptr) {
            next->completed(found->end);
        }
    }

    static void on_completed(const pusher_event *event, void *user_data)
    {
        guarded("a completion", nullptr, [&] {
            // A copy: the client may be freed, and this binding dropped, by what is called here.
            const auto self = *static_cast<std::shared_ptr<completions> *>(user_data);
            self->complete(*event);
        });
    }

    static void drop(void *user_data)
    {
        const auto held = static_cast<std::shared_ptr<completions> *>(user_data); // what it keeps may be half changed
        if (!(*held)->is_of_parent()) {
            delete held;
        }
    }

    std::int32_t bind(pusher_client *client)
    {
        const pusher_callback callback{&on_completed, &drop, new std::shared_ptr<completions>(shared_from_this())};
        const std::int32_t status = pusher_client_bind(client, nullptr, "pusher:completed", &callback, nullptr);
        bound_ = status == PUSHER_OK;
        return status;
    }

    const bool polls_;
    const long process_ = this_process();
    std::mutex lock_;
    std::condition_variable changed_;
    bool bound_ = false;
    pusher_client *closed_ = nullptr; /* set where it is */
    std::atomic<int> asking_{0};
    std::atomic<bool> over_{false};
    std::unordered_map<pusher_request, std::shared_ptr<pending>> table_;
};

} // namespace detail
} // namespace PUSHERWS_NAMESPACE
} // namespace pusherws

#endif
