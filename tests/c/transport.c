/*
 * How connections are made: TLS and whom it trusts, other hosts, proxies, addresses, steps that take
 * too long.
 */
#include "sockets.h"
#include "support.h"

/* TLS ----------------------------------------------------------------------------------------- */

/* One try, which has to fail so; the message is copied where it is wanted. */
static void check_no_connection(pusher_config *config, int32_t status, const char *word,
                                char *message, size_t capacity)
{
    pusher_request request = 0;
    recorder *events = recorder_new();
    CHECK_OK(pusher_config_set_max_tries(config, 1));
    pusher_client *client = make_client(config, events);
    CHECK_OK(pusher_client_connect(client, &request));
    CHECK_ERROR(status, word, pusher_client_wait(client, request, PATIENCE_MS));
    if (message != NULL) {
        CHECK(pusher_last_error(message, capacity) < capacity);
    }
    CHECK(pusher_client_state(client) == PUSHER_STATE_FAILED);
    end_client(client, events);
}

static void check_connection(pusher_config *config)
{
    recorder *events = recorder_new();
    pusher_client *client = make_client(config, events);
    connect_client(client);
    subscribe_channel(client, "private-a");
    publish_text(client, "private-a", "e", "1");
    ping_server(client);
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK(recorder_count(events, PUSHER_EVENT_ERROR, NULL, NULL) == 0);
    end_client(client, events);
}

static pusher_config *untrusting_config(void)
{
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_tls(config, 1));
    return config;
}

static void tls_to_a_trusted_server(void)
{
    char pem[4096] = "";
    pusher_config *config;
    FILE *file = fopen(server_ca_file(), "r");
    CHECK(file != NULL && fread(pem, 1, sizeof pem - 1, file) > 0 && fclose(file) == 0);
    check_connection(new_tls_config());
    config = untrusting_config();
    CHECK_OK(pusher_config_add_ca_pem(config, pem));
    check_connection(config);
    for (int32_t version = PUSHER_TLS_1_2; version <= PUSHER_TLS_1_3; version++) {
        config = new_tls_config();
        CHECK_OK(pusher_config_set_tls_versions(config, version, version));
        check_connection(config);
    }
}

static void tls_to_a_stranger(void)
{
    pusher_config *config;
    check_no_connection(untrusting_config(), PUSHER_ERR_TLS, "certificate", NULL, 0);
    config = untrusting_config();
    CHECK_OK(pusher_config_set_insecure_skip_verify(config, 1));
    check_connection(config);
    config = untrusting_config();
    CHECK_OK(pusher_config_set_insecure_skip_verify(config, 1));
    CHECK_OK(pusher_config_set_insecure_skip_verify(config, 0));
    check_no_connection(config, PUSHER_ERR_TLS, "certificate", NULL, 0);
}

/* The refusal shows the server's key; with that, the connection is made. */
static void a_pinned_key(void)
{
    const char *wrong = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    char message[512], *key;
    pusher_config *config = new_tls_config();
    CHECK_OK(pusher_config_add_pinned_key(config, wrong));
    check_no_connection(config, PUSHER_ERR_TLS, "sha256/", message, sizeof message);
    key = strstr(message, "sha256/");
    CHECK(strlen(key) >= strlen(wrong));
    key[strlen(wrong)] = '\0';
    config = new_tls_config();
    CHECK_OK(pusher_config_add_pinned_key(config, wrong));
    CHECK_OK(pusher_config_add_pinned_key(config, key));
    check_connection(config);
    /* Nobody vouches for the certificate, but it has this key. */
    config = untrusting_config();
    CHECK_OK(pusher_config_set_insecure_skip_verify(config, 1));
    CHECK_OK(pusher_config_add_pinned_key(config, key));
    check_connection(config);
    config = untrusting_config();
    CHECK_OK(pusher_config_set_insecure_skip_verify(config, 1));
    CHECK_OK(pusher_config_add_pinned_key(config, wrong));
    check_no_connection(config, PUSHER_ERR_TLS, "pinned", NULL, 0);
}

/* Ways ---------------------------------------------------------------------------------------- */

/* A port on which nobody listens, as long as the socket is open. */
static int silent_port(socket_handle *handle)
{
    struct sockaddr_in address;
    socklen_t length = (socklen_t)sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *handle = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(*handle != NO_SOCKET);
    CHECK(bind(*handle, (struct sockaddr *)&address, length) == 0);
    CHECK(getsockname(*handle, (struct sockaddr *)&address, &length) == 0);
    return ntohs(address.sin_port);
}

static void another_host_takes_over(void)
{
    socket_handle handle;
    int nobody = silent_port(&handle);
    recorder *events = recorder_new();
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_port(config, nobody));
    check_no_connection(config, PUSHER_ERR_NETWORK, "refused", NULL, 0);
    config = new_config();
    CHECK_OK(pusher_config_set_port(config, nobody));
    CHECK_OK(pusher_config_add_host(config, "127.0.0.1", 0));
    CHECK_OK(pusher_config_add_host(config, "127.0.0.1", server_port()));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    CHECK(recorder_count(events, PUSHER_EVENT_ERROR, NULL, NULL) == 2);
    end_client(client, events);
    CHECK(close_socket(handle) == 0);
}

static void through_a_proxy_or_not(void)
{
    socket_handle handle;
    char url[80];
    snprintf(url, sizeof url, "http://ann:%s@127.0.0.1:%d", PROXY_PASSWORD, silent_port(&handle));
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_proxy(config, url, NULL));
    check_no_connection(config, PUSHER_ERR_NETWORK, "proxy", NULL, 0);
    config = new_config();
    CHECK_OK(pusher_config_set_proxy(config, url, "localhost,127.0.0.1"));
    check_connection(config);
    config = new_config();
    CHECK_OK(pusher_config_set_proxy(config, url, NULL));
    CHECK_OK(pusher_config_set_proxy(config, NULL, NULL));
    check_connection(config);
    CHECK(close_socket(handle) == 0);
}

static void from_an_address_of_the_machine(void)
{
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_bind_address(config, "127.0.0.1"));
    CHECK_OK(pusher_config_set_tcp_keepalive(config, 1000));
    CHECK_OK(pusher_config_set_tcp_nodelay(config, 0));
    CHECK_OK(pusher_config_set_origin(config, "https://example.com"));
    CHECK_OK(pusher_config_add_header(config, "Authorization", TOKEN));
    check_connection(config);
    /* An address for documentation, which no machine has. */
    config = new_config();
    CHECK_OK(pusher_config_set_bind_address(config, "192.0.2.1"));
    check_no_connection(config, PUSHER_ERR_NETWORK, "cannot connect", NULL, 0);
}

static void a_step_that_takes_too_long(void)
{
    pusher_config *config = new_config();
    fresh_server();
    order("faults", "{\"fault\":\"hang_upgrade\"}");
    CHECK_OK(pusher_config_set_phase_timeout(config, PUSHER_PHASE_WEBSOCKET, 50));
    check_no_connection(config, PUSHER_ERR_TIMEOUT, "WebSocket", NULL, 0);
    order("clear", "{}");
    order("faults", "{\"fault\":\"hang_accept\",\"times\":1}");
    config = new_tls_config();
    CHECK_OK(pusher_config_set_phase_timeout(config, PUSHER_PHASE_TLS, 50));
    check_no_connection(config, PUSHER_ERR_TIMEOUT, "TLS", NULL, 0);
}

static const test tests[] = {
    {"tls_to_a_trusted_server", tls_to_a_trusted_server},
    {"tls_to_a_stranger", tls_to_a_stranger},
    {"a_pinned_key", a_pinned_key},
    {"another_host_takes_over", another_host_takes_over},
    {"through_a_proxy_or_not", through_a_proxy_or_not},
    {"from_an_address_of_the_machine", from_an_address_of_the_machine},
    {"a_step_that_takes_too_long", a_step_that_takes_too_long},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
