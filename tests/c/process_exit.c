/*
 * Good manners in a host process: it ends while clients live, from wherever, at any moment.
 */
#include "process.h"
#include "sockets.h"
#include "support.h"

static void exit_with_live_clients(void)
{
    new_listener(count_event);
    new_listener(count_event);
    new_client("idle");
    start_thread(flood_news, NULL);
    CHECK(gate_reaches(&events_seen, 2000));
    ends_well("exit_with_live_clients");
    exit(0);
}

static void exit_while_connecting(void)
{
    pusher_client *client = new_client("ann");
    order("faults", "{\"fault\":\"hang_upgrade\"}");
    CHECK_OK(pusher_client_connect(client, NULL));
    order("wait", "{\"upgrades\":1,\"timeout_ms\":15000}");
    ends_well("exit_while_connecting");
    exit(0);
}

static void exit_here(const pusher_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    if (gate_add(&events_seen, 1) == 500) {
        ends_well("exit_in_a_callback");
        exit(0);
    }
}

static void exit_in_a_callback(void)
{
    pusher_client *client = new_listener(exit_here);
    start_thread(flood_news, NULL);
    /* This waits for what never happens, since the process ends. */
    CHECK_STATUS(PUSHER_ERR_NOT_FOUND, pusher_client_wait(client, 99999, 0));
    gate_reaches(&events_seen, 1000000000);
    FAIL("exit in a callback did not end the process");
}

/* The other side has had the beginning of the handshake, and says nothing. */
static void exit_while_connecting_over_tls(void)
{
    struct sockaddr_in address;
    socklen_t length = (socklen_t)sizeof address;
    char byte = 0;
    socket_handle listening = socket(AF_INET, SOCK_STREAM, 0);
    pusher_config *config = new_tls_config();
    pusher_client *client = NULL;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listening, (struct sockaddr *)&address, length) == 0 && listen(listening, 1) == 0);
    CHECK(getsockname(listening, (struct sockaddr *)&address, &length) == 0);
    CHECK_OK(pusher_config_set_port(config, ntohs(address.sin_port)));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_client_connect(client, NULL));
    CHECK(receive_some(accept(listening, NULL, NULL), &byte, 1) == 1 && byte == 22);
    ends_well("exit_while_connecting_over_tls");
    exit(0);
}

/* The application's endpoint hangs. */
static void exit_while_authorising(void)
{
    char json[80];
    pusher_config *config = endpoint_config("ann");
    pusher_client *client = NULL;
    CHECK_OK(pusher_client_new(config, &client));
    long fault = order("faults", "{\"fault\":\"auth_hang\"}");
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, NULL));
    connect_client(client);
    snprintf(json, sizeof json, "{\"fault\":%ld,\"fired\":1,\"timeout_ms\":15000}", fault);
    order("wait", json);
    ends_well("exit_while_authorising");
    exit(0);
}

static void never_answer(const pusher_event *event, void *user_data)
{
    (void)user_data;
    CHECK(event->kind == PUSHER_EVENT_AUTHORIZE);
    gate_add(&events_seen, 1);
}

/* The application has been asked, and has not answered. */
static void exit_while_asked_to_authorise(void)
{
    pusher_config *config = new_config();
    pusher_client *client = NULL;
    pusher_callback callback = {never_answer, NULL, NULL};
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_client_bind(client, NULL, "pusher:authorize", &callback, NULL));
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, NULL));
    connect_client(client);
    CHECK(gate_reaches(&events_seen, 1));
    ends_well("exit_while_asked_to_authorise");
    exit(0);
}

static void exit_at_the_drop(void *user_data)
{
    ends_well((const char *)user_data);
    exit(0);
}

/* The client's own thread drops its callbacks, while this one waits for that. */
static void exit_in_a_drop(void)
{
    static char name[] = "exit_in_a_drop";
    pusher_client *client = new_listener(count_event);
    pusher_callback callback = {count_event, exit_at_the_drop, NULL};
    callback.user_data = name;
    CHECK_OK(pusher_client_bind(client, "news", NULL, &callback, NULL));
    CHECK_OK(pusher_client_free(client));
    FAIL("exit in a drop did not end the process");
}

/* The only call of a callback is over, while a flood goes on. */
static void exit_in_a_drop_after_the_only_call(void)
{
    static char name[] = "exit_in_a_drop_after_the_only_call";
    pusher_client *client = new_listener(count_event);
    pusher_callback callback = {count_event, exit_at_the_drop, NULL};
    callback.user_data = name;
    CHECK_OK(pusher_client_bind_with(client, "news", "e", PUSHER_BIND_ONCE, &callback, NULL));
    start_thread(flood_news, NULL);
    gate_reaches(&events_seen, 1000000000);
    FAIL("exit in a drop did not end the process");
}

static void return_with_a_live_client(void)
{
    new_listener(count_event);
    start_thread(flood_news, NULL);
    CHECK(gate_reaches(&events_seen, 2000));
}

static pusher_client *last_client;

static void free_at_exit(void)
{
    CHECK_OK(pusher_client_close(last_client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(last_client));
    ends_well("freed_at_exit");
}

static void freed_at_exit(void)
{
    last_client = new_listener(count_event);
    CHECK(atexit(free_at_exit) == 0);
    exit(0);
}

static const test tests[] = {
    {"exit_with_live_clients", exit_with_live_clients},
    {"exit_while_connecting", exit_while_connecting},
    {"exit_in_a_callback", exit_in_a_callback},
    {"exit_while_connecting_over_tls", exit_while_connecting_over_tls},
    {"exit_while_authorising", exit_while_authorising},
    {"exit_while_asked_to_authorise", exit_while_asked_to_authorise},
    {"exit_in_a_drop", exit_in_a_drop},
    {"exit_in_a_drop_after_the_only_call", exit_in_a_drop_after_the_only_call},
    {"return_with_a_live_client", return_with_a_live_client},
    {"freed_at_exit", freed_at_exit},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "return_with_a_live_client") == 0) {
        /* Here main returns as it is, with threads running. */
        start_server();
        return_with_a_live_client();
        ends_well("return_with_a_live_client");
        return 0;
    }
    return run_one_test(tests, argc, argv);
}
