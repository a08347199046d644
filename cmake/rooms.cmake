# room(NAME SEES room... LIBRARIES target...): the library of src/NAME.
#
# Its include directory holds one link, NAME -> src/NAME, so `#include "vault/ledger.hpp"` is found only by
# rooms that see `vault`. SQL files beside the code are embedded by `embed_migrations`.
add_library(strict INTERFACE)
target_compile_options(strict INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  -Wno-missing-designated-field-initializers)  # members have their defaults in the struct

function(room_sources target room)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${room}/*.cpp)
  target_sources(${target} PRIVATE ${sources})
  set(view ${CMAKE_BINARY_DIR}/rooms/${room})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${room} ${view}/${room} SYMBOLIC)
  target_include_directories(${target} PUBLIC ${view})
  target_link_libraries(${target} PRIVATE strict)
endfunction()

function(room name)
  cmake_parse_arguments(ARG "" "" "SEES;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(room_${name} STATIC)
  room_sources(room_${name} ${name})
  set_target_properties(room_${name} PROPERTIES LINKER_LANGUAGE CXX)
  list(TRANSFORM ARG_SEES PREPEND room_)
  target_link_libraries(room_${name} PUBLIC ${ARG_SEES} ${ARG_LIBRARIES})
endfunction()
