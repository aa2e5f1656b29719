/*
 * Loading at run time. This program is not linked with the library: it loads the one that
 * PUSHERWS_LIBRARY names.
 */
#include "harness.h"

/* The functions used here, looked up by name. */
static struct {
    const char *(*version)(void);
    pusher_config *(*config_new)(const char *key);
    int32_t (*config_set_host)(pusher_config *config, const char *host);
    int32_t (*config_set_port)(pusher_config *config, int32_t number);
    int32_t (*config_set_tls)(pusher_config *config, int32_t tls);
    int32_t (*config_add_ca_file)(pusher_config *config, const char *path);
    int32_t (*config_free)(pusher_config *config);
    int32_t (*client_new)(const pusher_config *config, pusher_client **client);
    int32_t (*client_bind)(pusher_client *client, const char *channel, const char *event,
                           const pusher_callback *callback, pusher_binding *bound);
    int32_t (*client_connect)(pusher_client *client, pusher_request *request);
    int32_t (*client_subscribe)(pusher_client *client, const char *channel,
                                const char *channel_data, pusher_request *request);
    int32_t (*client_wait)(pusher_client *client, pusher_request request, int32_t timeout_ms);
    int32_t (*client_free)(pusher_client *client);
} api;

/* ISO C has no cast from an object's pointer to a function's: so the bytes are copied. */
#define LOOK_UP(library, name)                                                                     \
    do {                                                                                           \
        void *symbol = look_up(library, "pusher_" #name);                                          \
        CHECK(symbol != NULL);                                                                     \
        memcpy(&api.name, &symbol, sizeof symbol);                                                 \
    } while (0)

static void *load(void)
{
    const char *path = getenv("PUSHERWS_LIBRARY");
    CHECK(path != NULL);
    void *library = load_library(path);
    LOOK_UP(library, version);
    LOOK_UP(library, config_new);
    LOOK_UP(library, config_set_host);
    LOOK_UP(library, config_set_port);
    LOOK_UP(library, config_set_tls);
    LOOK_UP(library, config_add_ca_file);
    LOOK_UP(library, config_free);
    LOOK_UP(library, client_new);
    LOOK_UP(library, client_bind);
    LOOK_UP(library, client_connect);
    LOOK_UP(library, client_subscribe);
    LOOK_UP(library, client_wait);
    LOOK_UP(library, client_free);
    return library;
}

/* Loading starts nothing, and so does unloading. */
static void loaded_and_nothing_called(void)
{
    void *library = load();
    CHECK(threads_named("") == 1);
    unload_library(library);
    CHECK(threads_named("") == 1);
    library = load();
    CHECK(strcmp(api.version(), PUSHER_VERSION) == 0);
    CHECK(threads_named("") == 1);
    unload_library(library);
}

static gate calls = GATE_INITIALIZER;
static gate drops = GATE_INITIALIZER;

static void count_call(const pusher_event *event, void *user_data)
{
    CHECK(event->name != NULL && user_data == &drops);
    gate_add(&calls, 1);
}

static void count_drop(void *user_data)
{
    gate_add((gate *)user_data, 1);
}

/* Connects, subscribes and frees. */
static void use(int tls)
{
    pusher_callback callback = {count_call, count_drop, NULL};
    pusher_config *config = api.config_new("app-key");
    pusher_client *client = NULL;
    pusher_request request = 0;
    callback.user_data = &drops;
    CHECK(config != NULL);
    CHECK(api.config_set_host(config, "127.0.0.1") == PUSHER_OK);
    CHECK(api.config_set_port(config, server_port()) == PUSHER_OK);
    CHECK(api.config_set_tls(config, tls) == PUSHER_OK);
    CHECK(api.config_add_ca_file(config, server_ca_file()) == PUSHER_OK);
    CHECK(api.client_new(config, &client) == PUSHER_OK);
    CHECK(api.config_free(config) == PUSHER_OK);
    CHECK(api.client_bind(client, NULL, NULL, &callback, NULL) == PUSHER_OK);
    CHECK(api.client_connect(client, NULL) == PUSHER_OK);
    CHECK(api.client_subscribe(client, "news", NULL, &request) == PUSHER_OK);
    CHECK(api.client_wait(client, request, PATIENCE_MS) == PUSHER_OK);
    CHECK(api.client_free(client) == PUSHER_OK);
}

static void loaded_used_and_unloaded_a_hundred_times(void)
{
    int descriptors = 0;
    for (long round = 1; round <= 100; round++) {
        void *library = load();
        use(round % 10 == 1);
        CHECK(gate_get(&drops) == round);
        unload_library(library);
        wait_for_threads("pusherws-", 0);
        if (round == 1) {
            descriptors = open_descriptors();
        }
        CHECK(open_descriptors() <= descriptors + KEPT_BY_THE_SYSTEM);
    }
    CHECK(gate_get(&calls) >= 100);
}

static const test tests[] = {
    {"loaded_and_nothing_called", loaded_and_nothing_called},
    {"loaded_used_and_unloaded_a_hundred_times", loaded_used_and_unloaded_a_hundred_times},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
