//! Database servers: connections, sessions, histories
