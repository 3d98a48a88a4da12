#include "terminal.h"

#include <ncurses.h>
