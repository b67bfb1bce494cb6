#ifndef INN_VERSION_H
#define INN_VERSION_H

/// The tag of the commit that the program was built from, such as `v0.2.0`; NULL where it has none.
const char *inn_version_tag(void);

#endif
