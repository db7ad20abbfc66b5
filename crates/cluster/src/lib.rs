//! A throwaway PostgreSQL cluster from the binaries found on this machine
