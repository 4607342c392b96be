// Whether anybody has connected to a port of this machine, by the kernel's tables of TCP
// connections. Pure but for reading these.
#pragma once

#include <string>
#include <string_view>

namespace mlengine::runner {

// Of the text of /proc/net/tcp or tcp6: a row whose local port it is and that is more than a
// listener; one that has ended stays in the table for a minute.
bool HasConnection(std::string_view table, int port);

// In the tables of the kernel.
bool IsConnectedTo(int port);

}  // namespace mlengine::runner
