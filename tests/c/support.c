/*
 * What the programs api_*.c and features_*.c share beyond the harness: configs, clients and texts.
 */
#include "support.h"

/* A server as it was at the beginning: no faults, no connections, and nothing demanded. */
void fresh_server(void)
{
    order("reset", "{}");
    order("auth", "{}");
}

/* For the server, without a secret. */
pusher_config *plain_config(void)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK(config != NULL);
    deliver_as_asked(config);
    CHECK_OK(pusher_config_set_host(config, "127.0.0.1"));
    CHECK_OK(pusher_config_set_port(config, server_port()));
    CHECK_OK(pusher_config_set_tls(config, 0));
    CHECK_OK(pusher_config_set_backoff(config, 1, 20));
    return config;
}

/* The server's own endpoints authorise, for this user. */
pusher_config *endpoint_config(const char *user_id)
{
    char url[80];
    pusher_config *config = plain_config();
    snprintf(url, sizeof url, "http://127.0.0.1:%d/pusher/auth", server_port());
    CHECK_OK(pusher_config_set_auth_endpoint(config, url));
    snprintf(url, sizeof url, "http://127.0.0.1:%d/pusher/user-auth", server_port());
    CHECK_OK(pusher_config_set_user_auth_endpoint(config, url));
    CHECK_OK(pusher_config_add_auth_param(config, "user_id", user_id));
    return config;
}

/* All that the application's own server may know. */
pusher_config *server_config(const char *user_id)
{
    char user[80];
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_app_id(config, "app-id"));
    CHECK_OK(pusher_config_set_encryption_master_key(config, SERVER_MASTER_KEY));
    CHECK_OK(pusher_config_set_presence_user(config, user_id, NULL));
    snprintf(user, sizeof user, "{\"id\":\"%s\",\"watchlist\":[\"ben\"]}", user_id);
    CHECK_OK(pusher_config_set_user(config, user));
    return config;
}

/* Makes a client of a config, which is freed, and records all of its events. */
pusher_client *make_client(pusher_config *config, recorder *events)
{
    pusher_client *client = NULL;
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    recorder_bind(events, client, NULL, NULL);
    return client;
}

void end_client(pusher_client *client, recorder *events)
{
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

/* The key and the secret of a test vector. */
pusher_config *keys(const char *key, const char *secret)
{
    pusher_config *config = pusher_config_new(key);
    CHECK(config != NULL);
    CHECK_OK(pusher_config_set_secret(config, secret));
    return config;
}

void wait_for(pusher_client *client, pusher_request request)
{
    CHECK(request != 0);
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
}

/* Takes the text behind `"name":"` out of JSON whose strings need no unescaping. */
void text_of(const char *json, const char *name, char *buffer, size_t capacity)
{
    char start[40];
    snprintf(start, sizeof start, "\"%s\":\"", name);
    const char *text = strstr(json, start);
    CHECK(text != NULL);
    text += strlen(start);
    size_t length = strcspn(text, "\"");
    CHECK(length < capacity);
    memcpy(buffer, text, length);
    buffer[length] = '\0';
}

/* The auth string of one channel, as an application's endpoint makes it. */
void make_auth(const char *socket_id, const char *channel, const char *data, char *auth,
               size_t capacity)
{
    char json[512];
    pusher_config *config = keys("app-key", SECRET);
    CHECK_OK(pusher_config_set_encryption_master_key(config, MASTER_KEY));
    CHECK_OK(pusher_authorize_channel(config, socket_id, channel, data, json, sizeof json, NULL));
    text_of(json, "auth", auth, capacity);
    CHECK_OK(pusher_config_free(config));
}

void nothing(const pusher_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
}

int drops;

static void count_drop(void *user_data)
{
    CHECK(user_data == &drops);
    drops++;
}

pusher_callback counting_callback(void)
{
    pusher_callback callback = {nothing, count_drop, NULL};
    callback.user_data = &drops;
    return callback;
}

pusher_config *api_config(void)
{
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_app_id(config, "app-id"));
    CHECK_OK(pusher_config_set_encryption_master_key(config, MASTER_KEY));
    CHECK_OK(pusher_config_set_presence_user(config, "ann", NULL));
    CHECK_OK(pusher_config_set_user(config, USER));
    return config;
}

pusher_client *api_client(void)
{
    pusher_config *config = api_config();
    pusher_client *client = NULL;
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    return client;
}
