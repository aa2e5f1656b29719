/*
 * The HTTP API: publishing and asking as a server does. A client is needed, a connection is not.
 */
#include "example.h"

//! [completed]
/* The server's answer is the data of the completed event. */
static void on_completed(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (event->status == PUSHER_OK) {
        printf("request %" PRIu64 ": %s\n", event->request, event->data);
    } else {
        printf("request %" PRIu64 " failed: %s (HTTP %d)\n", event->request, event->data,
               (int)event->code);
    }
}
//! [completed]

static pusher_client *make_client(void)
{
    pusher_config *config = embedded_server();
    //! [api_config]
    pusher_config_set_app_id(config, "app-id");
    pusher_config_set_secret(config, "app-secret");
    pusher_config_set_api_timeout(config, 10000);
    //! [api_config]
    int32_t port = (int32_t)strtol(getenv("PUSHER_PORT"), NULL, 10);
    //! [api_host]
    /* Only where the HTTP API is not on the WebSocket's host, nor the cluster's. */
    pusher_config_set_api_host(config, "127.0.0.1", port); /* 0: 443, or 80 without TLS */
    //! [api_host]
    pusher_client *client = NULL;
    pusher_callback callback = {on_completed, NULL, NULL};
    must(pusher_client_new(config, &client));
    must(pusher_config_free(config));
    must(pusher_client_bind(client, NULL, "pusher:completed", &callback, NULL));
    return client;
}

static void publish(pusher_client *client)
{
    pusher_request request = 0;
    //! [trigger]
    const char *const channels[] = {"orders", "private-orders"};
    const char *json = "{\"id\":1}";
    int32_t status = pusher_client_trigger(client, channels, 2, "created", json, strlen(json),
                                           NULL, NULL, &request);
    //! [trigger]
    must(status);
    finish(client, request);

    //! [trigger_batch]
    pusher_batch *batch = pusher_batch_new();
    pusher_batch_add(batch, "orders", "created", "{\"id\":2}", 8, NULL, NULL);
    pusher_batch_add(batch, "prices", "tick", "17.20", 5, NULL, "subscription_count");
    status = pusher_client_trigger_batch(client, batch, &request); /* up to 10 in one call */
    pusher_batch_free(batch);
    //! [trigger_batch]
    must(status);
    finish(client, request);

    //! [send_to_user]
    /* To all connections of one signed-in user. */
    pusher_client_send_to_user(client, "ann", "greeting", "\"hello\"", 7, &request);
    //! [send_to_user]
    finish(client, request);
}

static void ask(pusher_client *client)
{
    pusher_request request = 0;
    //! [get_channels]
    pusher_client_get_channels(client, "presence-", "user_count", &request);
    //! [get_channels]
    finish(client, request);
    //! [get_channel]
    pusher_client_get_channel(client, "orders", "subscription_count", &request);
    //! [get_channel]
    finish(client, request);
    //! [get_users]
    pusher_client_get_users(client, "presence-room", &request); /* {"users":[{"id":"ann"}]} */
    //! [get_users]
    finish(client, request);
    //! [terminate_user]
    pusher_client_terminate_user(client, "ben", &request); /* ends all of Ben's connections */
    //! [terminate_user]
    finish(client, request);
}

int main(void)
{
    pusher_client *client = make_client();
    publish(client);
    ask(client);
    must(pusher_client_close(client, 30000));
    must(pusher_client_free(client));
    return 0;
}
