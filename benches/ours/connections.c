/*
 * Thousands of idle connections in one process: what they cost.
 *
 *     connections MODE PORT COUNT IDLE_SECONDS [CA_FILE]
 *
 * MODE: inline; or shared, where one thread serves them all from one queue. Each client subscribes to a
 * channel of its own. Memory is the process's resident memory: what the kernel keeps for the sockets is
 * not in it, nor the server, which is another process.
 */
#define _POSIX_C_SOURCE 200809L

#include "common.h"
#include "../measure.h"

#include <stdatomic.h>

/* Beside the sockets: the standard streams, epoll, what the libraries have open. */
#define OTHER_DESCRIPTORS 64
#define PATIENCE_S 300

static atomic_long subscribed;
static pusher_queue *queue; /* NULL: inline */

static void on_event(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (event->kind == PUSHER_EVENT_SUBSCRIBED)
        atomic_fetch_add(&subscribed, 1);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used) != 0)
        abort();
    return (double)(meter_us(used.ru_utime) + meter_us(used.ru_stime)) / 1e6;
}

/* A number from /proc/self/status. */
static long status(const char *name)
{
    char line[256];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL)
        give_up("/proc/self/status cannot be read: this needs Linux");
    while (value < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            value = atol(line + strlen(name));
    fclose(file);
    return value;
}

static void allow_descriptors(rlim_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        abort();
    if (limit.rlim_cur >= count)
        return;
    limit.rlim_cur = count;
    if (limit.rlim_max < count)
        limit.rlim_max = count; /* only root may */
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        give_up("%llu descriptors are needed and not allowed: raise the hard limit (ulimit -Hn)",
                (unsigned long long)count);
}

/* Lets the library work, and looks every so many milliseconds whether so many are subscribed. */
static void wait_for(long count, double patience, long look_ms)
{
    const struct timespec moment = {look_ms / 1000, look_ms % 1000 * 1000000};
    double end = seconds() + patience;
    while (atomic_load(&subscribed) < count && seconds() < end) {
        if (queue == NULL)
            nanosleep(&moment, NULL);
        else
            pusher_queue_dispatch(queue, 0, (int32_t)look_ms, NULL);
    }
}

static pusher_client *join(const pusher_config *config, long number)
{
    pusher_client *client = NULL;
    pusher_callback callback = {on_event, NULL, NULL};
    char channel[64];
    snprintf(channel, sizeof channel, "idle-channel-%ld", number);
    MUST(pusher_client_new(config, &client));
    MUST(pusher_client_bind(client, NULL, NULL, &callback, NULL));
    MUST(pusher_client_subscribe(client, channel, NULL, NULL));
    MUST(pusher_client_connect(client, NULL));
    return client;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        give_up("connections MODE PORT COUNT IDLE_SECONDS [CA_FILE]");
    bool shared = strcmp(argv[1], "shared") == 0;
    if (!shared && strcmp(argv[1], "inline") != 0)
        give_up("'%s' is not inline and not shared", argv[1]);
    long count = atol(argv[3]);
    long idle = atol(argv[4]);
    allow_descriptors((rlim_t)count + OTHER_DESCRIPTORS);

    pusher_config *config = config_for(argv[2], argv[5], PUSHER_DELIVER_INLINE);
    MUST(pusher_config_set_connect_timeout(config, PATIENCE_S * 1000));
    if (shared) {
        MUST(pusher_queue_new(&queue));
        MUST(pusher_config_set_shared_queue(config, queue));
    }
    pusher_client **clients = calloc((size_t)count + 1, sizeof(pusher_client *));
    if (clients == NULL)
        give_up("no memory for %ld clients", count);

    /* One to start all that is needed once. */
    clients[count] = join(config, count);
    wait_for(1, PATIENCE_S, 1);
    long threads_one = status("Threads:"), kib_one = status("VmRSS:");

    double begun = seconds(), cpu = cpu_seconds();
    for (long i = 0; i < count; i++)
        clients[i] = join(config, i);
    wait_for(count + 1, PATIENCE_S, 1);
    if (atomic_load(&subscribed) <= count)
        give_up("only %ld of %ld are subscribed after %d s", atomic_load(&subscribed), count + 1,
                PATIENCE_S);
    double storm = seconds() - begun, storm_cpu = cpu_seconds() - cpu;
    long threads = status("Threads:"), kib = status("VmRSS:");

    cpu = cpu_seconds();
    wait_for(count + 2, (double)idle, idle * 1000); /* so many there are not */
    double idle_cpu = cpu_seconds() - cpu;

    begun = seconds();
    for (long i = 0; i <= count; i++)
        MUST(pusher_client_free(clients[i]));
    printf("connections=%ld threads_one=%ld threads=%ld bytes_each=%.0f storm_s=%.3f storm_cpu_s=%.3f"
           " idle_s=%ld idle_cpu_s=%.4f free_s=%.3f\n",
           count, threads_one, threads, (double)(kib - kib_one) * 1024 / (double)count, storm,
           storm_cpu, idle, idle_cpu, seconds() - begun);
    MUST(pusher_queue_free(queue));
    MUST(pusher_config_free(config));
    free(clients);
    return 0;
}
