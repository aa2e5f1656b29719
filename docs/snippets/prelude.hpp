// What the pieces of C++ in the book stand on: scripts/test-snippets.sh compiles each behind this.
#include "prelude.h"
