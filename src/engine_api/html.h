// The frame of the plain pages.
#pragma once

#include <string>
#include <string_view>

namespace mlengine::engine_api {

// Text for use in HTML text and double-quoted attributes.
std::string Escape(std::string_view text);

// A whole page; `body` and `head` are HTML, `title` is text.
std::string Page(std::string_view title, std::string_view body, std::string_view head);

}  // namespace mlengine::engine_api
