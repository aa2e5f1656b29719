/*
 * Sockets, by the same names on Linux and on Windows.
 */
#ifndef PUSHERWS_TEST_SOCKETS_H
#define PUSHERWS_TEST_SOCKETS_H

#ifdef _WIN32

/* Before windows.h, which has an older version of it. */
#include <winsock2.h>
#include <ws2tcpip.h>

typedef SOCKET socket_handle;
#define NO_SOCKET INVALID_SOCKET
#define close_socket closesocket
#define poll WSAPoll

#else

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef int socket_handle;
#define NO_SOCKET (-1)
#define close_socket close

#endif

#include <stddef.h>
#include <sys/types.h>

/* As `send` and `recv`; a connection that is no more is no signal. */
ssize_t send_some(socket_handle handle, const char *bytes, size_t length);
ssize_t receive_some(socket_handle handle, char *bytes, size_t capacity);

#endif
