#pragma once
int inn_nc_placeholder(void);
