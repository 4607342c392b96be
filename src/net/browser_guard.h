// Whether a browser sends a request for a page that is not ours. A page of any other site may make
// its reader's browser call a server on the reader's own machine; such a request changes and reads
// nothing. Pure.
#pragma once

#include <string_view>

#include "base/status.h"
#include "net/http.h"

namespace mlengine::net {

// Host without its port is a loopback address, "localhost", or a name under googleapis.com, which
// the clients of the original send. Any other name may have been bound to this address by whoever
// owns it.
bool IsOwnHost(std::string_view host);

// PERMISSION_DENIED, with a sentence for the sender, when a Host is not IsOwnHost; when an Origin
// is not the Host's; and when the browser says (Sec-Fetch-Site) that another site's page sends it,
// unless a person follows a link (a navigation by GET). A request without these headers is no
// browser's and passes.
Status CheckSender(const RequestHead& request);

}  // namespace mlengine::net
