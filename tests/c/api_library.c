/*
 * The library itself: versions, names, messages of errors; and copies of events.
 */
#include "harness.h"

/* Library ------------------------------------------------------------------------------------- */

static void versions(void)
{
    CHECK(strcmp(pusher_version(), PUSHER_VERSION) == 0);
    CHECK(pusher_abi_version() == PUSHER_ABI_VERSION);
}

static void status_names(void)
{
    CHECK(strcmp(pusher_status_name(PUSHER_OK), "PUSHER_OK") == 0);
    CHECK(strcmp(pusher_status_name(PUSHER_ERR_ARGUMENT), "PUSHER_ERR_ARGUMENT") == 0);
    CHECK(strcmp(pusher_status_name(PUSHER_ERR_SYSTEM), "PUSHER_ERR_SYSTEM") == 0);
    CHECK(strcmp(pusher_status_name(PUSHER_ERR_DECRYPTION), "PUSHER_ERR_DECRYPTION") == 0);
    for (int32_t status = PUSHER_ERR_RATE_LIMITED; status < 0; status++) {
        CHECK(strncmp(pusher_status_name(status), "PUSHER_ERR_", 11) == 0);
    }
    CHECK(strcmp(pusher_status_name(1), "unknown status") == 0);
    CHECK(strcmp(pusher_status_name(PUSHER_ERR_RATE_LIMITED - 1), "unknown status") == 0);
    CHECK(strcmp(pusher_status_name(INT32_MIN), "unknown status") == 0);
    CHECK(strcmp(pusher_status_name(INT32_MAX), "unknown status") == 0);
}

static void *last_error_of_a_new_thread(void *length)
{
    char buffer[8] = "unset";
    *(size_t *)length = pusher_last_error(buffer, sizeof buffer);
    CHECK(buffer[0] == '\0');
    return NULL;
}

static void last_errors(void)
{
    char whole[512], part[8];
    pthread_t thread;
    size_t other = 99;
    size_t length;

    CHECK(pusher_config_new(NULL) == NULL);
    length = pusher_last_error(NULL, 0);
    CHECK(length > 0 && length < sizeof whole);
    CHECK(pusher_last_error(NULL, 100) == length);
    CHECK(pusher_last_error(whole, sizeof whole) == length && strlen(whole) == length);

    memset(part, '#', sizeof part);
    CHECK(pusher_last_error(part, 0) == length && part[0] == '#');
    CHECK(pusher_last_error(part, 1) == length && part[0] == '\0' && part[1] == '#');
    CHECK(pusher_last_error(part, 5) == length && part[5] == '#');
    CHECK(strlen(part) == 4 && strncmp(part, whole, 4) == 0);
    CHECK(pusher_last_error(whole, length + 1) == length && strlen(whole) == length);

    /* A success does not change it, and each thread has its own. */
    CHECK_OK(pusher_config_free(NULL));
    CHECK(pusher_last_error(NULL, 0) == length);
    CHECK(pthread_create(&thread, NULL, last_error_of_a_new_thread, &other) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(other == 0);
}

/* Events -------------------------------------------------------------------------------------- */

static gate borrowed_event_checked = GATE_INITIALIZER;
static pusher_event *kept;

static void keep(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (kept != NULL) {
        return;
    }
    kept = pusher_event_clone(event);
    CHECK(kept != NULL && kept != event);
    /* A borrowed event is no copy, and not to be freed. */
    CHECK_ERROR(PUSHER_ERR_HANDLE, "event", pusher_event_free((pusher_event *)(uintptr_t)event));
    CHECK(strcmp(event->name, kept->name) == 0);
    gate_set(&borrowed_event_checked, 1);
}

static void events(void)
{
    pusher_client *client = new_client("ann");
    pusher_callback callback = {keep, NULL, NULL};
    pusher_event *copy;

    CHECK(pusher_event_clone(NULL) == NULL);
    CHECK_OK(pusher_event_free(NULL));

    CHECK_OK(pusher_client_bind(client, "a", "pusher:subscription_succeeded", &callback, NULL));
    connect_client(client);
    subscribe_channel(client, "a");
    CHECK(gate_reaches(&borrowed_event_checked, 1));
    CHECK_OK(pusher_client_free(client));

    /* It outlives the callback and the client. */
    CHECK(kept->size == sizeof(pusher_event) && kept->kind == PUSHER_EVENT_SUBSCRIBED);
    CHECK(strcmp(kept->channel, "a") == 0 && kept->channel_len == 1);
    CHECK(kept->name_len == strlen(kept->name));
    copy = pusher_event_clone(kept);
    CHECK(copy != NULL && copy != kept && copy->channel != kept->channel);
    CHECK_OK(pusher_event_free(kept));
    CHECK(strcmp(copy->channel, "a") == 0);
    CHECK_ERROR(PUSHER_ERR_HANDLE, "event", pusher_event_free(kept));
    CHECK_OK(pusher_event_free(copy));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "event", pusher_event_free(copy));
}

static const test tests[] = {
    {"versions", versions},
    {"status_names", status_names},
    {"last_errors", last_errors},
    {"events", events},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
