#include "CNcurses.h"
int inn_nc_placeholder(void) { return 0; }
