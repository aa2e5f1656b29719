/*
 * From a config to a connection and back: the library's version, errors, the first options, and a
 * client's life.
 */
#include "example.h"

static void check_versions(void)
{
    //! [versions]
    printf("compiled with %s, runs with %s\n", PUSHER_VERSION, pusher_version());
    if (pusher_abi_version() != PUSHER_ABI_VERSION) {
        fputs("the library is not the one this program was compiled for\n", stderr);
        exit(1);
    }
    //! [versions]
}

static void show_errors(void)
{
    //! [errors]
    pusher_config *config = pusher_config_new("app-key");
    int32_t status = pusher_config_set_port(config, 70000);
    if (status != PUSHER_OK) {
        char why[256]; /* cut to fit, where it is longer */
        size_t length = pusher_last_error(why, sizeof why);
        printf("%s: %s (%zu bytes)\n", pusher_status_name(status), why, length);
    }
    pusher_config_free(config);
    //! [errors]
    expect(status == PUSHER_ERR_ARGUMENT, "70000 is no port");
}

static void connect_to_cluster(void)
{
    pusher_client *client = NULL;
    //! [cluster]
    pusher_config *config = pusher_config_new("app-key");
    if (config == NULL) {
        return; /* pusher_last_error says what is wrong with the key */
    }
    pusher_config_set_cluster(config, "eu"); /* wss://ws-eu.pusher.com, port 443 */
    pusher_config_set_client_name(config, "price-ticker", "2.1.0");
    if (pusher_client_new(config, &client) != PUSHER_OK) {
        char why[256];
        pusher_last_error(why, sizeof why);
        fprintf(stderr, "no client: %s\n", why);
    }
    pusher_config_free(config); /* the client has a copy of all it needs */
    //! [cluster]
    expect(client != NULL, "there is a client");
    must(pusher_client_free(client));
}

static void connect_to_own_server(int32_t port)
{
    //! [own_server]
    pusher_config *config = pusher_config_new("app-key");
    pusher_config_set_host(config, "127.0.0.1"); /* soketi, Reverb, Sockudo */
    pusher_config_set_port(config, port);
    pusher_config_set_tls(config, 0);              /* ws, not wss: on your own machine only */
    pusher_config_set_path(config, "/realtime");   /* where a reverse proxy serves it there */
    pusher_config_set_secret(config, "app-secret"); /* to sign for private and presence channels */
    pusher_config_set_presence_user(config, "ann", "{\"name\":\"Ann\"}");
    //! [own_server]

    pusher_client *client = NULL;
    must(pusher_client_new(config, &client));
    pusher_config_free(config);

    //! [connect_and_wait]
    pusher_request request = 0;
    int32_t status = pusher_client_connect(client, &request);
    if (status == PUSHER_OK) {
        status = pusher_client_wait(client, request, 15000); /* for scripts; others use events */
    }
    if (status != PUSHER_OK) {
        char why[256];
        pusher_last_error(why, sizeof why);
        fprintf(stderr, "not connected: %s\n", why);
    }
    //! [connect_and_wait]
    must(status);

    //! [state]
    if (pusher_client_state(client) == PUSHER_STATE_CONNECTED) {
        char socket_id[70];
        if (pusher_client_socket_id(client, socket_id, sizeof socket_id, NULL) == PUSHER_OK) {
            printf("connected as %s\n", socket_id); /* a new one with every connection */
        }
    }
    //! [state]

    //! [ping]
    pusher_request ping = 0;
    if (pusher_client_ping(client, &ping) == PUSHER_OK &&
        pusher_client_wait(client, ping, 5000) == PUSHER_OK) {
        puts("the server answers"); /* the completed event has the round trip as its value */
    }
    //! [ping]

    //! [network_changed]
    /* The system said that the machine has another network: see at once what is left. */
    pusher_client_network_changed(client, NULL);
    //! [network_changed]

    //! [disconnect]
    pusher_client_disconnect(client, NULL); /* what is subscribed stays wanted */
    pusher_client_connect(client, NULL);    /* and is subscribed again */
    //! [disconnect]

    //! [close]
    if (pusher_client_close(client, 2000) == PUSHER_ERR_TIMEOUT) {
        fputs("the goodbye takes longer than 2 seconds; freeing ends it\n", stderr);
    }
    pusher_client_free(client); /* none of its callbacks runs after this */
    //! [close]
}

int main(void)
{
    check_versions();
    show_errors();
    connect_to_cluster();
    connect_to_own_server((int32_t)strtol(getenv("PUSHER_PORT"), NULL, 10));
    return 0;
}
