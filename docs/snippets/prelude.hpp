// What the pieces of C++ in the book stand on: scripts/test-snippets.sh compiles each behind this.
#include <pusherws.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

extern pusherws::config config;
extern pusherws::client client;
