# embed_text(TARGET FILE NAME): makes the text of FILE a std::string_view `postmypost::embedded::NAME` in the header
# "embedded/NAME.hpp", made anew when the file changes.
function(embed_text target file name)
  set(source ${CMAKE_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  set(header ${CMAKE_BINARY_DIR}/embedded/${name}/embedded/${name}.hpp)
  file(CONFIGURE OUTPUT ${header} @ONLY CONTENT
"// Made from ${file}; do not edit.
#pragma once
#include <string_view>
namespace postmypost::embedded {
inline constexpr std::string_view ${name} = R\"embedded(${text})embedded\";
}
")
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/embedded/${name})
endfunction()
