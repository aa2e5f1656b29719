/*
 * What the C++ tests share. The server, orders to it, CHECK and the gates are those of the C tests
 * (tests/c/harness.h).
 */
#ifndef PUSHERWS_TEST_TESTING_HPP
#define PUSHERWS_TEST_TESTING_HPP

#include "../c/harness.h"

#include <pusherws.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

/* How long to wait for what has to come. Much longer than it takes, and only reached on failure. */
inline constexpr std::chrono::milliseconds patience{PATIENCE_MS};

/* For the server, with the right secret, and all else that it knows. */
template <class Flavour> pusherws::basic_config<Flavour> config_of(const char *user)
{
    pusherws::basic_config<Flavour> config("app-key");
    config.host("127.0.0.1")
        .port(server_port())
        .tls(false)
        .secret(SECRET)
        .app_id("app-id")
        .encryption_master_key(MASTER_KEY)
        .presence_user(user, "{\"name\":\"" + std::string(user) + "\"}")
        .user("{\"id\":\"" + std::string(user) + "\",\"watchlist\":[\"ben\"]}")
        .backoff(20ms, 100ms);
    return config;
}

/* The server as it was at the beginning. */
inline void fresh_server()
{
    order("reset", "{}");
    order("clear", "{}");
}

/* Tells when what has to happen has happened so many times. */
class counter {
public:
    counter() { gate_init(&gate_); }
    counter(const counter &) = delete;
    counter &operator=(const counter &) = delete;
    void add() { gate_add(&gate_, 1); }
    long get() { return gate_get(&gate_); }
    bool reaches(long value) { return gate_reaches(&gate_, value) != 0; }

private:
    gate gate_;
};

/* Counts how many of it live: what a handler holds has to end exactly once. */
class tracked {
public:
    explicit tracked(std::atomic<int> &alive) : alive_(&alive) { ++*alive_; }
    tracked(tracked &&other) noexcept : alive_(other.alive_) { ++*alive_; }
    tracked(const tracked &other) noexcept : alive_(other.alive_) { ++*alive_; }
    tracked &operator=(const tracked &) = delete;
    ~tracked() { --*alive_; }

private:
    std::atomic<int> *alive_;
};

/* The clock is read once for a turn of the network: a pong that comes in the turn of its ping took no time. */
inline bool is_round_trip(std::chrono::microseconds trip)
{
    return trip >= 0us && trip < patience;
}

template <class T> bool is_ready(const std::future<T> &future)
{
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

template <class T> void wait_ready(const std::future<T> &future)
{
    CHECK(future.wait_for(patience) == std::future_status::ready);
}

/* The tests of each file, ended by a NULL name. */
extern const test basics_tests[], events_tests[], requests_tests[], lifetimes_tests[], delivery_tests[], server_tests[],
    coroutines_tests[], nothrow_tests[];

#endif
