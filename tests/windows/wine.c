/*
 * Where wine 8 is not as Windows, in the tests' way.
 *
 * It looks for a certificate's revocation where it was told not to mind that nothing is known of it: it passes over
 * CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS, and so refuses every certificate that names no list of revoked ones,
 * as a private authority's mostly do. And it compares names with a certificate, but no addresses: so the server's address
 * is called by its name. Under wine, and only there, the library's call is changed accordingly. All the rest, the chain,
 * whom to trust, names and dates, is checked by wine.
 */
#include "sockets.h"

#include "harness.h"

#include <windows.h>

#include <wincrypt.h>
#include <wininet.h>

typedef BOOL(WINAPI *verify_policy)(LPCSTR policy, PCCERT_CHAIN_CONTEXT chain, PCERT_CHAIN_POLICY_PARA how,
                                    PCERT_CHAIN_POLICY_STATUS status);

static BOOL WINAPI verify_as_windows_does(LPCSTR policy, PCCERT_CHAIN_CONTEXT chain, PCERT_CHAIN_POLICY_PARA how,
                                          PCERT_CHAIN_POLICY_STATUS status)
{
    static WCHAR localhost[] = L"localhost";
    const DWORD ignored = CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS;
    if (policy == CERT_CHAIN_POLICY_SSL && (how->dwFlags & ignored) == ignored && how->pvExtraPolicyPara != NULL) {
        SSL_EXTRA_CERT_CHAIN_POLICY_PARA *extra =
            (SSL_EXTRA_CERT_CHAIN_POLICY_PARA *)how->pvExtraPolicyPara;
        extra->fdwChecks |= SECURITY_FLAG_IGNORE_REVOCATION;
        if (extra->pwszServerName != NULL && lstrcmpW(extra->pwszServerName, L"127.0.0.1") == 0) {
            extra->pwszServerName = localhost;
        }
    }
    return CertVerifyCertificateChainPolicy(policy, chain, how, status);
}

/* Where a module keeps the address of a function that it imports. */
static ULONG_PTR *import_of(HMODULE module, const char *library, const char *function)
{
    const char *base = (const char *)module;
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS headers;
    IMAGE_IMPORT_DESCRIPTOR imports;
    memcpy(&dos, base, sizeof dos);
    memcpy(&headers, base + dos.e_lfanew, sizeof headers);
    DWORD place = headers.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    for (;; place += (DWORD)sizeof imports) {
        memcpy(&imports, base + place, sizeof imports);
        if (imports.Name == 0) {
            return NULL;
        }
        if (lstrcmpiA(base + imports.Name, library) != 0) {
            continue;
        }
        for (DWORD i = 0;; i++) {
            ULONG_PTR name;
            memcpy(&name, base + imports.OriginalFirstThunk + i * sizeof name, sizeof name);
            if (name == 0) {
                break;
            }
            /* A number, and then the name. */
            if (strcmp(base + name + 2, function) == 0) {
                return (ULONG_PTR *)(uintptr_t)(base + imports.FirstThunk + i * sizeof name);
            }
        }
    }
}

void mend_wine(void)
{
    HMODULE library = GetModuleHandleA("pusherws.dll");
    verify_policy mended = verify_as_windows_does;
    DWORD before;
    if (library == NULL || GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") == NULL) {
        return;
    }
    ULONG_PTR *slot = import_of(library, "crypt32.dll", "CertVerifyCertificateChainPolicy");
    CHECK(slot != NULL);
    CHECK(VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &before));
    memcpy(slot, &mended, sizeof *slot);
    CHECK(VirtualProtect(slot, sizeof *slot, before, &before));
}
