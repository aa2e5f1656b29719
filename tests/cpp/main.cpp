/*
 * Runs the tests of all files, or those that are named.
 */
#include "testing.hpp"

int main(int argc, char **argv)
{
    std::vector<test> all;
    for (const test *tests : {basics_tests, events_tests, requests_tests, lifetimes_tests, delivery_tests, server_tests,
                              coroutines_tests, nothrow_tests}) {
        for (; tests->name != nullptr; tests++) {
            all.push_back(*tests);
        }
    }
    all.push_back({nullptr, nullptr});
    start_server();
    const int status = run_tests(all.data(), argc, argv);
    stop_server();
    return status;
}
