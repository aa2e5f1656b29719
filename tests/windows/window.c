/*
 * A program with a window: it gets its events on the thread of its message loop, told by the wake-up, which posts a
 * message.
 */
#include "sockets.h"

#include "support.h"

#include <windows.h>

enum { WM_PUSHER = WM_APP + 1, LABEL = 1, EVENTS = 500 };

static HWND window;
static DWORD main_thread;
static pusher_client *client;
static int next, turns, inside_a_box;

static void show_number(const pusher_event *event, void *user_data)
{
    (void)user_data;
    CHECK(GetCurrentThreadId() == main_thread);
    CHECK(atoi(event->data) == next);
    next++;
    /* What only the window's own thread may do without waiting for it. */
    CHECK(SetDlgItemTextA(window, LABEL, event->data));
}

/* On a thread of the library, or on this one. */
static void post(void *user_data)
{
    CHECK(PostMessageA((HWND)user_data, WM_PUSHER, 0, 0));
}

static void CALLBACK close_the_box(HWND owner, UINT message, UINT_PTR timer, DWORD now)
{
    HWND box = FindWindowA("#32770", "A question");
    (void)owner;
    (void)message;
    (void)now;
    if (box != NULL && next >= EVENTS) {
        inside_a_box = 1;
        EndDialog(box, IDOK);
        KillTimer(NULL, timer);
    }
}

static LRESULT CALLBACK procedure(HWND handle, UINT message, WPARAM wide, LPARAM lengthy)
{
    switch (message) {
    case WM_PUSHER:
        turns++;
        /* A few at a time, so that the window stays alive; and the rest with the next message. */
        if (pusher_client_dispatch(client, 20, 0, NULL) == PUSHER_OK) {
            CHECK(PostMessageA(handle, WM_PUSHER, 0, 0));
        }
        if (next >= 2 * EVENTS) {
            DestroyWindow(handle);
        }
        return 0;
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProcA(handle, message, wide, lengthy);
    }
}

static void run_loop(void)
{
    MSG message;
    while (GetMessageA(&message, NULL, 0, 0) > 0) {
        TranslateMessage(&message);
        DispatchMessageA(&message);
    }
}

static void make_window(void)
{
    WNDCLASSA kind;
    HWND label;
    memset(&kind, 0, sizeof kind);
    kind.lpfnWndProc = procedure;
    kind.hInstance = GetModuleHandleA(NULL);
    kind.lpszClassName = "pusherws";
    CHECK(RegisterClassA(&kind) != 0);
    window = CreateWindowA("pusherws", "pusherws", WS_OVERLAPPEDWINDOW | WS_VISIBLE, CW_USEDEFAULT,
                           CW_USEDEFAULT, 300, 200, NULL, NULL, kind.hInstance, NULL);
    CHECK(window != NULL);
    label = CreateWindowA("STATIC", "", WS_CHILD | WS_VISIBLE, 10, 10, 200, 30, window,
                          (HMENU)(intptr_t)LABEL, kind.hInstance, NULL);
    CHECK(label != NULL);
    main_thread = GetCurrentThreadId();
}

static void *publish(void *unused)
{
    char json[80];
    (void)unused;
    order("wait", "{\"channel\":\"news\",\"subscriptions\":1,\"timeout_ms\":15000}");
    for (int n = 0; n < EVENTS; n++) {
        snprintf(json, sizeof json, "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"%d\"}", n);
        order("publish", json);
    }
    return NULL;
}

static void *publish_more(void *unused)
{
    char json[80];
    (void)unused;
    for (int n = EVENTS; n < 2 * EVENTS; n++) {
        snprintf(json, sizeof json, "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"%d\"}", n);
        order("publish", json);
    }
    return NULL;
}

static void events_come_on_the_thread_of_the_window(void)
{
    pusher_config *config = new_config();
    pusher_callback callback = {show_number, NULL, NULL};
    pusher_wakeup wakeup = {post, NULL, NULL};
    pthread_t publishing;
    char text[20] = "";

    make_window();
    CHECK_OK(pusher_config_set_delivery(config, PUSHER_DELIVER_POLL));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    wakeup.user_data = window;
    CHECK_OK(pusher_client_set_wakeup(client, &wakeup));
    CHECK_OK(pusher_client_bind(client, "news", "n", &callback, NULL));
    CHECK_OK(pusher_client_subscribe(client, "news", NULL, NULL));
    CHECK_OK(pusher_client_connect(client, NULL));

    /* A box has a message loop of its own, as menus have, and a window that is moved: events come in it, too. */
    CHECK(pthread_create(&publishing, NULL, publish, NULL) == 0);
    CHECK(SetTimer(NULL, 0, 10, close_the_box) != 0);
    MessageBoxA(window, "Still there?", "A question", MB_OK);
    CHECK(inside_a_box);
    CHECK(pthread_join(publishing, NULL) == 0);
    CHECK(GetDlgItemTextA(window, LABEL, text, (int)sizeof text) > 0);
    CHECK(atoi(text) == EVENTS - 1);

    CHECK(pthread_create(&publishing, NULL, publish_more, NULL) == 0);
    run_loop();
    CHECK(pthread_join(publishing, NULL) == 0);
    CHECK(next == 2 * EVENTS);
    CHECK(turns > 1);
    CHECK_OK(pusher_client_free(client));
}

static const test tests[] = {
    {"events_come_on_the_thread_of_the_window", events_come_on_the_thread_of_the_window},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
