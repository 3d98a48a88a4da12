#ifndef PARLEY_TERMINAL_H
#define PARLEY_TERMINAL_H

#endif
