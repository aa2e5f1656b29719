/*
 * Permission for private, presence and encrypted channels, and for signing in: by an endpoint, by
 * the program, ready-made.
 */
#include "example.h"

/* Stands for your own service, which knows the secret: the answer for one socket id and channel. */
static const char *ask_service(const char *socket_id, const char *channel)
{
    static char answer[300];
    pusher_config *service = pusher_config_new("app-key");
    must(pusher_config_set_secret(service, "app-secret"));
    must(pusher_authorize_channel(service, socket_id, channel, NULL, answer, sizeof answer, NULL));
    must(pusher_config_free(service));
    /* {"auth":"KEY:SIGNATURE"}: what lies between the third and the fourth quotation mark */
    char *auth = strstr(answer, ":\"") + 2;
    *strchr(auth, '"') = '\0';
    return auth;
}

static pusher_config *server_without_secret(void)
{
    pusher_config *config = pusher_config_new("app-key");
    must(pusher_config_set_host(config, "127.0.0.1"));
    must(pusher_config_set_port(config, (int32_t)strtol(getenv("PUSHER_PORT"), NULL, 10)));
    must(pusher_config_set_tls(config, 0));
    return config;
}

static pusher_client *connected(pusher_config *config)
{
    pusher_client *client = NULL;
    pusher_request request = 0;
    must(pusher_client_new(config, &client));
    must(pusher_config_free(config));
    must(pusher_client_connect(client, &request));
    finish(client, request);
    return client;
}

//! [prepare]
/* Before each request to the endpoint, and once more after a 401 or 403 (value is 1). */
static void on_prepare(const pusher_event *event, void *user_data)
{
    (void)user_data;
    const char *token = event->value == 1 ? "Bearer a-fresh-one" : "Bearer the-one-at-hand";
    const char *const headers[] = {"Authorization", token, NULL};
    const char *const params[] = {"device", "till-3", NULL};
    pusher_client_prepare(event->client, event->request, headers, params); /* or later */
}
//! [prepare]

static void by_endpoint(void)
{
    pusher_config *config = server_without_secret();
    char url[100], user_url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%s/pusher/auth", getenv("PUSHER_PORT"));
    snprintf(user_url, sizeof user_url, "http://127.0.0.1:%s/pusher/user-auth",
             getenv("PUSHER_PORT"));
    //! [endpoint]
    pusher_config_set_auth_endpoint(config, url);           /* https://example.com/pusher/auth */
    pusher_config_set_user_auth_endpoint(config, user_url); /* for signing in */
    pusher_config_add_auth_header(config, "X-Requested-With", "price-ticker");
    pusher_config_add_auth_param(config, "shop", "main street");
    pusher_config_set_auth_json(config, 1);      /* a JSON body; a form is the default */
    pusher_config_set_auth_batches(config, 1);   /* many channels in one request */
    pusher_config_set_auth_timeout(config, 5000);
    pusher_config_set_auth_prepared(config, 1);  /* tokens that change: see pusher_client_prepare */
    //! [endpoint]
    pusher_client *client = connected(config);
    pusher_callback callback = {on_prepare, NULL, NULL};
    must(pusher_client_bind(client, NULL, "pusher:prepare_authorization", &callback, NULL));
    pusher_request request = 0;
    must(pusher_client_subscribe(client, "private-orders", NULL, &request));
    finish(client, request);
    must(pusher_client_free(client));
}

//! [authorize]
static void on_authorize(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (strcmp(event->channel, "private-secrets") == 0) {
        pusher_client_refuse(event->client, event->request, "nobody may read this one");
        return;
    }
    /* At once or later, from any thread; the permission is for this socket id alone. */
    const char *auth = ask_service(event->socket_id, event->channel); /* "KEY:SIGNATURE" */
    pusher_client_authorize(event->client, event->request, NULL, auth, NULL, NULL);
}
//! [authorize]

static void by_program(void)
{
    pusher_config *config = server_without_secret();
    //! [authorizer]
    pusher_config_set_authorizer(config, 0); /* 1: many channels in one event */
    //! [authorizer]
    pusher_client *client = connected(config);
    pusher_callback callback = {on_authorize, NULL, NULL};
    must(pusher_client_bind(client, NULL, "pusher:authorize", &callback, NULL));
    pusher_request request = 0;
    must(pusher_client_subscribe(client, "private-orders", NULL, &request));
    finish(client, request);
    must(pusher_client_subscribe(client, "private-secrets", NULL, &request));
    expect(pusher_client_wait(client, request, 15000) == PUSHER_ERR_AUTH, "it is refused");
    must(pusher_client_free(client));
}

static void ready_made(void)
{
    pusher_client *client = connected(server_without_secret());
    char socket_id[70];
    must(pusher_client_socket_id(client, socket_id, sizeof socket_id, NULL));
    const char *auth = ask_service(socket_id, "private-orders");
    pusher_request request = 0;
    //! [subscribe_with_auth]
    /* For this connection only: after a reconnect a way that is configured has to take over. */
    pusher_client_subscribe_with_auth(client, "private-orders", auth, NULL, NULL, &request);
    //! [subscribe_with_auth]
    finish(client, request);
    must(pusher_client_free(client));
}

static void encrypted(void)
{
    pusher_config *config = embedded_server();
    //! [master_key]
    /* openssl rand -base64 32; the server never gets it. */
    pusher_config_set_encryption_master_key(config, "ZGV2c2VydmVyLW1hc3Rlci1rZXktb2YtMzItYnl0ZXM=");
    //! [master_key]
    pusher_client *client = connected(config);
    pusher_request request = 0;
    must(pusher_client_subscribe(client, "private-encrypted-orders", NULL, &request));
    finish(client, request);
    must(pusher_client_free(client));
}

static void signing_in(void)
{
    pusher_config *config = embedded_server();
    //! [user]
    pusher_config_set_user(config, "{\"id\":\"ann\",\"watchlist\":[\"ben\"]}");
    //! [user]
    pusher_client *client = connected(config);
    //! [sign_in]
    pusher_request request = 0;
    pusher_client_sign_in(client, &request); /* now, and after every reconnect */
    if (pusher_client_wait(client, request, 15000) == PUSHER_OK) {
        puts("events to ann arrive on #server-to-user-ann");
    }
    //! [sign_in]
    finish(client, request);
    must(pusher_client_free(client));
}

//! [authorize_user]
static void on_authorize_user(const pusher_event *event, void *user_data)
{
    const pusher_config *service = user_data; /* here, or on a machine that knows the secret */
    const char *user = "{\"id\":\"ann\"}";
    char answer[400], auth[200];
    if (pusher_authorize_user(service, event->socket_id, user, answer, sizeof answer, NULL) ==
            PUSHER_OK &&
        sscanf(answer, "{\"auth\":\"%199[^\"]", auth) == 1) {
        pusher_client_authorize_user(event->client, event->request, auth, user);
    } else {
        pusher_client_refuse(event->client, event->request, NULL);
    }
}
//! [authorize_user]

static void signing_in_by_program(void)
{
    pusher_config *service = embedded_server();
    pusher_config *config = server_without_secret();
    must(pusher_config_set_authorizer(config, 0));
    pusher_client *client = connected(config);
    pusher_callback callback = {on_authorize_user, NULL, service};
    must(pusher_client_bind(client, NULL, "pusher:authorize_user", &callback, NULL));
    pusher_request request = 0;
    must(pusher_client_sign_in(client, &request));
    finish(client, request);
    must(pusher_client_free(client));
    must(pusher_config_free(service));
}

int main(void)
{
    by_endpoint();
    by_program();
    ready_made();
    encrypted();
    signing_in();
    signing_in_by_program();
    return 0;
}
