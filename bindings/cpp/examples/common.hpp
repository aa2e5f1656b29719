/*
 * What the examples share: the server to talk to, taken from the environment.
 *
 *   PUSHER_KEY      the application's key; without it, the embedded server of pusherws-devserver
 *   PUSHER_SECRET   the application's secret, for private and presence channels
 *   PUSHER_APP_ID   the application's id, for the HTTP API
 *   PUSHER_CLUSTER  one of Pusher's clusters, such as "eu"
 *   PUSHER_HOST     or a server of your own, with
 *   PUSHER_PORT     its port, and
 *   PUSHER_TLS      0 for ws:// instead of wss://
 */
#ifndef EXAMPLES_COMMON_HPP
#define EXAMPLES_COMMON_HPP

#include <pusherws.hpp>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

/* A setting of the environment; the other text where it is not there. */
inline std::string setting(const char *name, const char *otherwise = "")
{
    const char *value = std::getenv(name);
    return value != nullptr ? value : otherwise;
}

inline pusherws::config config_from_environment()
{
    const bool embedded = setting("PUSHER_KEY").empty();
    if (embedded && setting("PUSHER_PORT").empty()) {
        throw std::runtime_error("No server to talk to: start pusherws-devserver and set PUSHER_PORT; or set PUSHER_KEY, "
                                 "PUSHER_SECRET and PUSHER_CLUSTER.");
    }
    pusherws::config config(setting("PUSHER_KEY", "app-key"));
    const std::string cluster = setting("PUSHER_CLUSTER");
    if (!cluster.empty() && !embedded) {
        config.cluster(cluster);
    } else {
        config.host(setting("PUSHER_HOST", "127.0.0.1"));
    }
    if (!setting("PUSHER_PORT").empty()) {
        config.port(std::atoi(setting("PUSHER_PORT").c_str()));
    }
    config.tls(setting("PUSHER_TLS", embedded ? "0" : "1") != "0");
    const std::string secret = setting("PUSHER_SECRET", embedded ? "app-secret" : "");
    if (!secret.empty()) {
        config.secret(secret);
    }
    const std::string app_id = setting("PUSHER_APP_ID", embedded ? "app-id" : "");
    if (!app_id.empty()) {
        config.app_id(app_id);
    }
    return config;
}

/* Runs a program and tells what went wrong. */
template <class Program> int run(Program &&program)
{
    try {
        return program();
    } catch (const pusherws::error &error) {
        std::cerr << error.what() << (error.code() != 0 ? ", code " + std::to_string(error.code()) : "") << '\n';
    } catch (const std::exception &exception) {
        std::cerr << exception.what() << '\n';
    }
    return 1;
}

#endif
